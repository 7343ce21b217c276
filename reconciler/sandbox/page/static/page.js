// Counts while one clicks and warns while one types. Without it the page is whole: the tenant decides.
"use strict";

const seats = document.querySelector("form[data-seats]");
if (seats) {
  const said = document.getElementById("seats-said");
  const count = () => {
    const short = [];
    for (const pool of seats.querySelectorAll("[data-pool]")) {
      let free = Number(pool.dataset.free);
      for (const box of seats.querySelectorAll("input[data-license]")) {
        if (box.dataset.license === pool.dataset.pool) {
          free -= Number(box.checked) - Number(box.dataset.was);
        }
      }
      pool.querySelector(".free").textContent = free;
      pool.classList.toggle("none", free === 0);
      pool.classList.toggle("over", free < 0);
      if (free < 0) {
        short.push(`${pool.querySelector(".name").textContent}: ${-free} more than there are`);
      }
    }
    said.textContent = short.join("; ");
  };
  seats.addEventListener("change", count);
  count();
}

for (const told of document.querySelectorAll("[data-changes]")) {
  const form = told.closest("form");
  const changed = (input) =>
    input.type === "checkbox" ? input.checked !== input.defaultChecked : input.value !== input.defaultValue;
  const tell = () => {
    let count = 0;
    for (const input of form.querySelectorAll("input:not([type=hidden])")) {
      input.classList.toggle("changed", changed(input));
      count += changed(input) ? 1 : 0;
    }
    told.textContent = count ? `${count} not saved yet` : "";
  };
  form.addEventListener("input", tell);
  let saving = false;
  form.addEventListener("submit", () => {
    saving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!saving && told.textContent) {
      event.preventDefault(); // the browser asks: a search or another page would lose what was typed
    }
  });
  tell();
}

const extension = document.querySelector("input[data-taken]");
if (extension) {
  const warning = document.getElementById("extension-taken");
  let waiting = 0;
  const look = async () => {
    const number = extension.value.trim();
    let text = "";
    if (/^[0-9]{1,15}$/.test(number)) {
      const query = new URLSearchParams({ except: extension.dataset.except });
      const answer = await fetch(`${extension.dataset.taken}${number}?${query}`).catch(() => null);
      const found = answer && answer.ok ? await answer.json() : {};
      text = found.taken_by ? `${number} is already in use by ${found.taken_by}.` : "";
    }
    if (number === extension.value.trim()) {
      warning.textContent = text;
    }
  };
  extension.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 200);
  });
  look(); // what was typed before this ran
}

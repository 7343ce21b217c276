(function () {
  "use strict";
  var form = document.getElementById("filters");
  if (!form) { return; }
  var field = document.getElementById("filter");
  var shown = document.getElementById("shown");
  var boxes = Array.from(form.querySelectorAll("input[type=checkbox]"));
  var items = Array.from(document.getElementById("items").children).map(function (element) {
    return { element: element, text: element.textContent.toLowerCase(), name: element.dataset.class };
  });
  function apply() {
    var wanted = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    var names = new Set(boxes.filter(function (box) { return box.checked; })
      .map(function (box) { return box.value; }));
    var count = 0;
    items.forEach(function (item) {
      var fits = names.has(item.name) && wanted.every(function (word) {
        return item.text.includes(word);
      });
      item.element.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.textContent = count + " of " + items.length + " shown";
  }
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
})();

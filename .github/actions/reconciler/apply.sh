# Apply the plan that was approved, if what was merged still asks for just its changes; otherwise
# stop with 5. What was merged is planned as well: for the summary, and for whoever looks again.
# shellcheck shell=bash disable=SC2154
found=$(bash "$here/approved.sh" "$OUT/approved")
number=${found%% *} digest=${found##* }
code=0
reconciler plan "$FOLDER" "${more[@]}" -o "$OUT/plan.json" --format markdown \
  ${link[@]+"${link[@]}"} >"$OUT/plan.md" || code=$?
if [ "$code" -eq 0 ]; then
  if [ -n "$digest" ]; then
    reconciler apply "$OUT/approved/plan.json" --from "$FOLDER" --strict \
      --yes --expect-digest "$digest" | tee "$OUT/apply.txt" || code=${PIPESTATUS[0]}
  else
    echo "no approved plan was found for this commit" >&2
    code=5
  fi
fi
if [ "$code" -eq 5 ] && [ -n "$number" ]; then
  { printf 'The tenant or the files moved since this was approved. This is the plan now; it waits for the reviewers of the environment.\n\n'
    cat "$OUT/plan.md"; } >"$OUT/replan.md"
  bash "$here/comment.sh" "$number" "replan $NAME" "$OUT/replan.md"
fi
cat "$OUT/plan.md" >>"$summary"
[ ! -s "$OUT/apply.txt" ] || { printf '\n```\n'; cat "$OUT/apply.txt"; printf '```\n'; } >>"$summary"
echo "code=$code" >>"$outputs"
exit "$code"

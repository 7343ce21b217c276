# Validate and plan a pull request; one comment, updated in place, carries the plan.
# shellcheck shell=bash disable=SC2154
code=0
reconciler validate "$FOLDER" --format github || code=$?
if [ "$code" -eq 0 ]; then
  reconciler plan "$FOLDER" "${more[@]}" -o "$OUT/plan.json" --format markdown \
    --redact ${link[@]+"${link[@]}"} >"$OUT/plan.md" 2>"$OUT/plan.err" || code=$?
  cat "$OUT/plan.err" >&2
fi
if [ -s "$OUT/plan.json" ]; then
  reconciler show "$OUT/plan.json" --format html --redact >"$OUT/plan.html"
  reconciler show "$OUT/plan.json" --format github
  echo "digest=$(reconciler show "$OUT/plan.json" --format json | python3 -c \
    'import json, sys; print(json.load(sys.stdin)["digest"])')" >>"$outputs"
else
  printf 'The plan for this change could not be made (exit code %s); the log of the run says why.\n' \
    "$code" >"$OUT/plan.md"
fi
cat "$OUT/plan.md" >>"$summary"
echo "code=$code" >>"$outputs"
[ -z "${PULL_REQUEST:-}" ] || bash "$here/comment.sh" "$PULL_REQUEST" "plan $NAME" "$OUT/plan.md"
exit "$code"

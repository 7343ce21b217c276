# Apply exactly the plan that the environment's reviewers saw: the document of the earlier job.
# shellcheck shell=bash disable=SC2154
code=0
reconciler apply "$OUT/plan.json" --from "$FOLDER" --yes \
  | tee "$OUT/apply.txt" || code=${PIPESTATUS[0]}
{ printf '```\n'; cat "$OUT/apply.txt"; printf '```\n'; } >>"$summary"
echo "code=$code" >>"$outputs"
exit "$code"

# Report drift; one issue a tenant is opened, updated and closed by its marker.
# shellcheck shell=bash disable=SC2154
previous=()
run=$(gh run list --workflow drift.yml --status completed --limit 1 --json databaseId \
  --jq '.[0].databaseId // empty')
if [ -n "$run" ] && gh run download "$run" --name "drift-$NAME" --dir "$OUT/previous"; then
  [ ! -s "$OUT/previous/drift.json" ] || previous=(--previous "$OUT/previous/drift.json")
fi
code=0
reconciler drift "$FOLDER" "${more[@]}" ${previous[@]+"${previous[@]}"} -o "$OUT/drift.json" \
  --format markdown --redact ${link[@]+"${link[@]}"} >"$OUT/drift.md" || code=$?
cat "$OUT/drift.md" >>"$summary"
echo "code=$code" >>"$outputs"

marker="<!-- reconciler: drift $NAME -->"
issue=$(MARKER=$marker gh issue list --state open --limit 200 --json number,body \
  --jq '[.[] | select(.body | startswith(env.MARKER))][0].number // empty')
{ printf '%s\n' "$marker"; cat "$OUT/drift.md"; } >"$OUT/issue.md"
case "$code" in
  0) [ -z "$issue" ] || gh issue close "$issue" --comment "The tenant is as the files say." ;;
  2) if [ -n "$issue" ]; then
       gh issue edit "$issue" --body-file "$OUT/issue.md"
     else
       gh issue create --title "Drift in $NAME" --body-file "$OUT/issue.md"
     fi
     exit 0 ;;
esac
exit "$code"

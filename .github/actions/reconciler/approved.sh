#!/usr/bin/env bash
# approved.sh DIR: fetches the plan that was approved with the merged pull request into DIR and
# prints "NUMBER DIGEST"; prints nothing where the commit belongs to no pull request or no plan run
# of its head succeeded.
set -euo pipefail
: "${GITHUB_SHA:?}" "${NAME:?}"
into=$1
pull=$(gh api "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" \
  --jq '[.[] | select(.merged_at != null)][0] | select(. != null) | "\(.number) \(.head.sha)"')
[ -n "$pull" ] || exit 0
number=${pull%% *} head=${pull##* }
run=$(gh run list --workflow plan.yml --commit "$head" --status success --limit 1 \
  --json databaseId --jq '.[0].databaseId // empty')
[ -n "$run" ] || exit 0
gh run download "$run" --name "plan-$NAME" --dir "$into" || exit 0
[ -s "$into/plan.json" ] || exit 0
digest=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["digest"])' "$into/plan.json")
printf '%s %s\n' "$number" "$digest"

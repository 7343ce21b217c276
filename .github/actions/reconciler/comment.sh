#!/usr/bin/env bash
# comment.sh NUMBER TITLE FILE: one comment a title on an issue or pull request, updated in place.
set -euo pipefail
number=$1 marker="<!-- reconciler: $2 -->" file=$3
body=$(mktemp)
trap 'rm -f "$body"' EXIT
{ printf '%s\n' "$marker"; cat "$file"; } >"$body"

MARKER=$marker
export MARKER
comment=$(gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$number/comments" \
  --jq '.[] | select(.user.type == "Bot") | select(.body | startswith(env.MARKER)) | .id' | head -n 1)
if [ -n "$comment" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$comment" -F "body=@$body" --silent
else
  gh api --method POST "repos/$GITHUB_REPOSITORY/issues/$number/comments" -F "body=@$body" --silent
fi

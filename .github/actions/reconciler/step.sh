#!/usr/bin/env bash
# One step of a pipeline. Everything comes in as variables, so that no text of a pull request is
# ever part of a command. Uses `reconciler` and `gh` from the PATH.
# shellcheck disable=SC2034,SC1090  # the steps that are sourced below use these
set -euo pipefail
: "${STEP:?}" "${NAME:?}" "${FOLDER:?}" "${OUT:?}" "${GITHUB_REPOSITORY:?}"
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$OUT"
summary=${GITHUB_STEP_SUMMARY:-/dev/null}
outputs=${GITHUB_OUTPUT:-/dev/null}

if [ -n "${TOKEN_ENV:-}" ] && [ -n "${RECONCILER_TOKEN:-}" ]; then
  if ! [[ $TOKEN_ENV =~ ^RECONCILER_TOKEN[A-Z0-9_]*$ ]]; then
    echo "::error::token_env is not a variable whose name begins with RECONCILER_TOKEN"
    exit 1
  fi
  export "$TOKEN_ENV=$RECONCILER_TOKEN"
fi

link=()
more=()
[ -z "${TENANT_FROM:-}" ] || more+=(--from "$TENANT_FROM")
[ -z "${BASE:-}" ] || more+=(--base "$BASE")
[ -z "${LINK:-}" ] || link=(--link "$LINK")

case "$STEP" in
  plan | apply | replan | drift) . "$here/$STEP.sh" ;;
  *) echo "::error::unknown step" && exit 64 ;;
esac

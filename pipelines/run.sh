#!/usr/bin/env bash
# run.sh STEP [OPTION...]: installs the tool and runs one step, on any forge or by hand.
#
# In a customer's checkout, with the tool's own checkout anywhere:
#
#   run.sh plan     before the merge, and after it: writes reconciler-out/, where the record is
#   run.sh apply    applies what the record approves, if that is still all that is asked for
#   run.sh drift    reports what somebody changed by hand
#
# RECONCILER_HOME may name where the tool is installed, so that it is installed once.
set -euo pipefail
step=${1:?which step: validate, plan, apply, due or drift}
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${RECONCILER_HOME:-}
if [ -z "$home" ]; then
  home=$(mktemp -d)
  trap 'rm -rf "$home"' EXIT
fi
[ -x "$home/bin/reconciler" ] || bash "$here/install.sh" "$home"
"$home/bin/reconciler" step "$@" -- "$step"

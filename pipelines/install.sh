#!/usr/bin/env bash
# install.sh FOLDER: makes a virtual environment with the reconciler there, everything by its hash.
#
# Without RECONCILER_VERSION it installs the commit that this script is from. With it, the released
# wheel of that version, whose hash RECONCILER_SHA256 states. Where RECONCILER_NOTIFY is set, what
# sends notices is installed, too.
set -euo pipefail
into=${1:?which folder}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${here%/pipelines}

python3 -m venv "$into"
pip=("$into/bin/python" -m pip --quiet --disable-pip-version-check)
pins=runtime.txt
[ -z "${RECONCILER_NOTIFY:-}" ] || pins=notify.txt
"${pip[@]}" install --require-hashes -r "$root/.github/requirements/$pins"
if [ -n "${RECONCILER_VERSION:-}" ]; then
  if ! [[ $RECONCILER_VERSION =~ ^[0-9]+(\.[0-9]+)*([a-z]+[0-9]+)?$ ]]; then
    echo "install.sh: the version is not a number such as 0.1.0" >&2
    exit 1
  fi
  if ! [[ ${RECONCILER_SHA256:-} =~ ^[0-9a-f]{64}$ ]]; then
    echo "install.sh: a version goes with the SHA-256 of its wheel" >&2
    exit 1
  fi
  printf 'ccaas-reconciler==%s --hash=sha256:%s\n' "$RECONCILER_VERSION" "$RECONCILER_SHA256" \
    >"$into/reconciler.txt"
  "${pip[@]}" install --no-deps --require-hashes -r "$into/reconciler.txt"
else
  "${pip[@]}" install --no-deps --no-build-isolation "$root"
fi

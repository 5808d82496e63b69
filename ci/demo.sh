#!/usr/bin/env bash
# The main job: the seed's program on each backend of this host, then an echo measured on each.
set -euo pipefail
cd "$(dirname "$0")/.."
ci/setup.sh
rm -f build/torus.classpath
exec ci/torus demo "$@"

#!/bin/sh
# Installs what npm would get into a project with vitest and jest, real ones, and runs the examples for them there: libraries in
# node_modules that open their own sockets get them from a network for tests.
set -eu
cd "$(dirname "$0")/.."
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
npm pack --silent --ignore-scripts --pack-destination "$directory" >/dev/null
cp -r examples/mocks examples/bad-networks "$directory"
cd "$directory"
cat >package.json <<'PACKAGE'
{ "type": "module", "private": true }
PACKAGE
# (A copy, not a link: a linked one is no dependency to vitest.)
npm install --silent --no-audit --no-fund --ignore-scripts --install-links \
  ./*.tgz ./mocks/esm-client ./mocks/cjs-client vitest@4 jest@30

bin=$PWD/node_modules/.bin
modules=--experimental-vm-modules
(cd mocks && "$bin/vitest" run && NODE_OPTIONS=$modules "$bin/jest" --testPathIgnorePatterns registered)
(cd mocks && NODE_OPTIONS="$modules --import tuntcp/register" "$bin/jest" registered)
(cd bad-networks && "$bin/vitest" run vitest.test.js)
(cd bad-networks && echo '{ "transform": {} }' >jest.config.json && NODE_OPTIONS=$modules "$bin/jest" jest.test.js)

#!/bin/bash
# Checks one exported Aboveboard entry with coreutils, awk, sed and openssl 3, and nothing of Aboveboard's.
# usage: verify.sh [FOLDER [LOG.vkey]]      Take log.vkey from the log's operator, not from the export.
#
#   parts -> manifest -> salted commitment -> leaf -> Merkle path -> root of the checkpoint -> Ed25519 signature
set -euo pipefail
export LC_ALL=C
folder=${1:-$(dirname "$0")}
vkey=$(tr -d '\r\n' < "${2:-$folder/log.vkey}")
proof=$folder/evidence.tlog-proof
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAIL: $1" >&2; exit 1; }
unhex() { local digits; read -r digits || true; printf "$(printf '%s' "$digits" | sed 's/../\\x&/g')"; }
to_hex() { od -An -v -tx1 | tr -d ' \n'; }
sha256_of_hex() { printf '%s' "$1" | unhex | sha256sum | cut -d' ' -f1; }

# 1. The parts are those of the manifest.
(cd "$folder" && sha256sum --strict --quiet -c manifest-sha256.txt) || fail "a part is not the one in the manifest"

# 2. The manifest is the one that the leaf commits to: HMAC-SHA-256 under the salt.
salt=$(tr -d '\r\n' < "$folder/salt.hex")
[ ${#salt} -eq 64 ] || fail "the salt is not 32 bytes"
commit=$(openssl dgst -sha256 -mac HMAC -macopt "hexkey:$salt" -binary "$folder/manifest-sha256.txt" | base64 -w0)
grep -qF "\"commit\":\"hmac-sha256:$commit\"" "$folder/leaf.json" || fail "the leaf commits to another manifest"

# 3. The proof file: index, path, signed checkpoint.
[ "$(sed -n 1p "$proof")" = "c2sp.org/tlog-proof@v1" ] || fail "not a tlog-proof file"
extra=$(sed -n '/^$/q; s/^extra //p' "$proof")
[ -z "$extra" ] || [ "$extra" = "$(printf '%s' "$salt" | unhex | base64 -w0)" ] || fail "the proof has another salt"
index=$(sed -n '/^$/q; s/^index \([0-9]*\)$/\1/p' "$proof")
sed -n '/^$/q; 1d; /^extra /d; /^index /d; p' "$proof" > "$work/path"
sed '1,/^$/d' "$proof" > "$work/note"
sed '/^$/,$d' "$work/note" > "$work/text"
origin=$(sed -n 1p "$work/text")
size=$(sed -n 2p "$work/text")
root=$(sed -n 3p "$work/text")
[ "$(wc -l < "$work/text")" -eq 3 ] || fail "the checkpoint has extra lines"
[ -n "$index" ] && [ "$index" -lt "$size" ] || fail "the index is not in the tree"

# 4. The path leads from the leaf to the root (RFC 9162, 2.1.3.2).
hash=$({ printf '\000'; cat "$folder/leaf.json"; } | sha256sum | cut -d' ' -f1)
node=$index
last=$((size - 1))
while read -r line; do
  sibling=$(printf '%s' "$line" | base64 -d | to_hex)
  [ ${#sibling} -eq 64 ] && [ "$last" -gt 0 ] || fail "the path is malformed"
  if [ $((node & 1)) -eq 1 ] || [ "$node" -eq "$last" ]; then
    hash=$(sha256_of_hex "01$sibling$hash")
    while [ $((node & 1)) -eq 0 ] && [ "$node" -ne 0 ]; do node=$((node >> 1)); last=$((last >> 1)); done
  else
    hash=$(sha256_of_hex "01$hash$sibling")
  fi
  node=$((node >> 1))
  last=$((last >> 1))
done < "$work/path"
[ "$last" -eq 0 ] && [ "$(printf '%s' "$hash" | unhex | base64 -w0)" = "$root" ] || fail "the path misses the root"

# 5. The log's key signed the checkpoint (C2SP signed-note, Ed25519).
name=${vkey%%+*}
key=${vkey#*+}
id=${key%%+*}
key=${key#*+}
[ "$origin" = "$name" ] || fail "the checkpoint is of another log"
printf '%s' "$key" | base64 -d > "$work/key"
[ "$(head -c 1 "$work/key" | to_hex)" = 01 ] && [ "$(wc -c < "$work/key")" -eq 33 ] || fail "not an Ed25519 key"
computed=$({ printf '%s\n' "$name"; cat "$work/key"; } | sha256sum | cut -c1-8)
[ "$computed" = "$id" ] || fail "the key's id is not the key's"
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; tail -c 32 "$work/key"; } > "$work/key.der"
signed=no
while read -r _ signer signature; do
  [ "$signer" = "$name" ] || continue
  printf '%s' "$signature" | base64 -d > "$work/signature"
  [ "$(head -c 4 "$work/signature" | to_hex)" = "$id" ] || continue
  tail -c 64 "$work/signature" > "$work/raw"
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/text" -sigfile "$work/raw" \
    > /dev/null 2>&1 || fail "the checkpoint's signature is wrong"
  signed=yes
done < <(sed '1,/^$/d' "$work/note")
[ "$signed" = yes ] || fail "the log did not sign the checkpoint"

echo "OK: entry $index of $origin, under the checkpoint of $size entries with root $root"

#!/usr/bin/env bash
# `make bare-debian`: deploy/install.sh in a Debian 12 that has nothing yet, until the site answers
# behind TLS; with the seconds that each step takes. It needs root and Debian's mirror and PyPI.
# The Debian is a folder with mounts of its own, so ports 80 and 443 must be free.
set -euo pipefail
if [ -z "${IN_ITS_OWN_MOUNTS:-}" ]; then
	IN_ITS_OWN_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
fi
source=$(cd "$(dirname "$0")/../.." && pwd)
root=$(mktemp -d /var/tmp/bare-debian-XXXXXX)
chmod 755 "$root" # or nobody but root would find anything in it
inside() { env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL PIP_CERT=/etc/trusted-here.crt SSL_CERT_FILE=/etc/trusted-here.crt LC_ALL=C.UTF-8 chroot "$root" "$@"; }
of_it() { for each in /proc/[0-9]*; do [ "$(readlink "$each/root")" = "$root" ] && echo "${each#/proc/}"; done; }
away() {
	for pid in $(of_it); do kill -9 "$pid" 2>/dev/null || true; done
	sleep 1
	umount -R "$root/dev" "$root/proc" 2>/dev/null || true
	rm -rf --one-file-system "$root"
}
trap away EXIT

command -v debootstrap >/dev/null || { apt-get update -qq && apt-get install -y -qq debootstrap >/dev/null; }
debootstrap --variant=minbase --include=ca-certificates,curl bookworm "$root" >/dev/null
for file in /etc/resolv.conf /etc/hosts /etc/pip.conf; do
	[ -e $file ] && cp -L $file "$root$file"
done
# Whom this machine trusts, where Debian's own list is not made anew by a package.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/trusted-here.crt"
mount --rbind /dev "$root/dev"
mount --bind /proc "$root/proc"
mkdir "$root/source"
git -C "$source" archive HEAD | tar -x -C "$root/source"
# This machine may run a Redis besides.
sed -i 's|:6379/0|:6390/0|' "$root/source/deploy/paidup.env.example"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

SECONDS=0
inside env REDIS_PORT=6390 bash /source/deploy/install.sh localhost boss@example.com
echo "From a bare Debian to a site behind TLS: $SECONDS s"

curl=(curl --silent --show-error --max-time 20 --cacert "$root/root/.local/share/caddy/pki/authorities/local/root.crt")
answers() { [ "$("${curl[@]}" -o /dev/null -w '%{http_code}' "https://localhost$1")" = "$2" ] || { echo "$1 does not answer $2"; exit 1; }; }
answers /admin/login/ 200
answers /readyz 200
answers /metrics 404
[ "$("${curl[@]}" -o /dev/null -w '%{redirect_url}' http://localhost/admin/login/)" = https://localhost/admin/login/ ]
echo "1 passed, 0 failed"

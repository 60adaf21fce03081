#!/usr/bin/env bash
# `make bare-debian`: deploy/install.sh in a Debian 12 that has nothing yet, until the site answers
# behind TLS, with the seconds that each step takes; then what docs/operating.md says of backing up,
# restoring and upgrading, and nginx in front. It needs root and Debian's mirror and PyPI.
# The Debian is a folder with mounts of its own, so ports 80 and 443 must be free.
set -Eeuo pipefail
trap 'echo "failed in the lines $LINENO ${BASH_LINENO[*]}" >&2' ERR
if [ -z "${IN_ITS_OWN_MOUNTS:-}" ]; then
	IN_ITS_OWN_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
fi
source=$(cd "$(dirname "$0")/../.." && pwd)
root=$(mktemp -d /var/tmp/bare-debian-XXXXXX)
chmod 755 "$root" # or nobody but root would find anything in it
# Nothing of this machine's environment but how the registries are reached.
inside() {
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 REDIS_PORT=6390 \
		${https_proxy:+https_proxy="$https_proxy"} ${http_proxy:+http_proxy="$http_proxy"} \
		PIP_CERT=/etc/trusted-here.crt SSL_CERT_FILE=/etc/trusted-here.crt chroot "$root" "$@"
}
of_it() {
	for each in /proc/[0-9]*; do
		if [ "$(readlink "$each/root")" = "$root" ]; then echo "${each#/proc/}"; fi
	done
}
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
inside bash /source/deploy/install.sh localhost boss@example.com
echo "From a bare Debian to a site behind TLS: $SECONDS s"

answers() { # path, status: what the site says behind TLS
	local said
	said=$(curl --silent --show-error --max-time 20 --cacert "$authority" -o /dev/null -w '%{http_code}' "https://localhost$1")
	[ "$said" = "$2" ] || { echo "$1 answers $said, not $2"; exit 1; }
}
is_served() {
	for _ in $(seq 60); do
		inside curl -s -o /dev/null --fail --unix-socket /run/paidup/web.sock http://localhost/readyz && break
		sleep 1
	done
	answers /admin/login/ 200
	answers /readyz 200
	answers /metrics 404
	[ "$(curl -s -o /dev/null -w '%{redirect_url}' http://localhost/admin/login/)" = https://localhost/admin/login/ ]
}
as_postgres() { inside setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
paidup() {
	inside bash -c 'cd /srv/paidup && set -a && . /etc/paidup.env && exec setpriv --reuid=paidup --regid=paidup --init-groups .venv/bin/paidup "$@"' paidup "$@"
}
units() { paidup shell --verbosity 0 -c 'from sync.models import BusinessUnit; print(*BusinessUnit.objects.order_by("pk").values_list("code", flat=True))'; }
open_unit() { paidup shell --verbosity 0 -c "from sync.models import BusinessUnit; BusinessUnit.objects.create(code='$1', name='$1')"; }
of_units() {
	for pid in $(of_it); do
		if grep -qsa "^/srv/paidup/.venv/bin/" "/proc/$pid/cmdline"; then echo "$pid"; fi
	done
}
stop() { # what `systemctl stop paidup-web paidup-worker` does
	local pids
	pids=$(of_units)
	[ -z "$pids" ] || kill $pids 2>/dev/null || true
	for _ in $(seq 70); do [ -z "$(of_units)" ] && return; sleep 1; done
	echo "it does not stop"; exit 1
}
authority=$root/root/.local/share/caddy/pki/authorities/local/root.crt
is_served

SECONDS=0
read -r _ _ PGPORT _ < <(inside pg_lsclusters -h)
open_unit before
as_postgres pg_dump -p "$PGPORT" -Fc paidup >"$root/var/backups/paidup.dump"
open_unit after
[ "$(units)" = "before after" ]
stop
as_postgres dropdb -p "$PGPORT" paidup
as_postgres createdb -p "$PGPORT" -O paidup paidup
as_postgres pg_restore -p "$PGPORT" -d paidup /var/backups/paidup.dump
paidup migrate --verbosity 0
# The backup says that a worker was seen a moment ago: it was.
for _ in $(seq 20); do paidup after_restore 2>/dev/null && break; sleep 5; done
paidup after_restore
inside caddy stop >/dev/null 2>&1
inside bash /source/deploy/start.sh
is_served
[ "$(units)" = before ]
echo "Backed up, restored and started again: $SECONDS s"

SECONDS=0
settings=$(sha256sum "$root/etc/paidup.env")
stop
inside caddy stop >/dev/null 2>&1
inside bash /source/deploy/install.sh localhost boss@example.com
is_served
[ "$(units)" = before ] && [ "$(sha256sum "$root/etc/paidup.env")" = "$settings" ]
echo "Upgraded: $SECONDS s"

SECONDS=0
inside caddy stop >/dev/null 2>&1
inside apt-get install -y -qq --no-install-recommends nginx-light >/dev/null 2>&1
rm "$root/etc/nginx/sites-enabled/default"
sed 's|paidup\.example|localhost|g' "$source/deploy/nginx.conf" >"$root/etc/nginx/conf.d/paidup.conf"
kept=$root/etc/letsencrypt/live/localhost
mkdir -p "$kept"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	-keyout "$kept/privkey.pem" -out "$kept/fullchain.pem" 2>/dev/null
inside usermod -aG paidup www-data
inside nginx
authority=$kept/fullchain.pem
is_served
echo "nginx in Caddy's place: $SECONDS s"
echo "1 passed, 0 failed"

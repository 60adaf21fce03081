#!/usr/bin/env bash
# From a bare Debian 12 to Paidup behind TLS: as root, deploy/install.sh NAME [EMAIL]
# NAME is where the site is asked for. Run again, it upgrades: it changes no settings that are there.
# Without systemd (a container, CI) it starts what it installed by deploy/start.sh.
set -euo pipefail
name=${1:?"usage: deploy/install.sh NAME [EMAIL of the first administrator]"}
email=${2:-}
source=$(cd "$(dirname "$0")/.." && pwd)
home=/srv/paidup
settings=/etc/paidup.env
has_systemd() { [ -d /run/systemd/system ]; }
say() { printf '%4d s  %s\n' "$SECONDS" "$*"; }
as_paidup() { (cd $home && set -a && . $settings && exec setpriv --reuid=paidup --regid=paidup --init-groups "$@"); }
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }

say "Debian's packages"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends python3-venv postgresql redis-server caddy openssl >/dev/null

say "A user, and an environment with the locked versions"
id paidup >/dev/null 2>&1 || useradd --system --home-dir $home paidup
install -d -o paidup -g paidup $home
[ -x $home/.venv/bin/python ] || python3 -m venv $home/.venv
pip="$home/.venv/bin/pip --quiet --disable-pip-version-check"
$pip install --no-deps --require-hashes -r "$source/requirements.txt"
wheels=$(mktemp -d)
$pip wheel --no-deps --wheel-dir "$wheels" "$source"
$pip install --no-deps --force-reinstall "$wheels"/paidup-*.whl
rm -r "$wheels"

say "A database"
read -r version cluster PGPORT _ < <(pg_lsclusters -h) || { say "PostgreSQL has no cluster"; exit 1; }
export PGPORT
has_systemd || pg_ctlcluster "$version" "$cluster" start || true
as_postgres psql -qAtc "SELECT 1 FROM pg_roles WHERE rolname='paidup'" | grep -q 1 || as_postgres createuser paidup
as_postgres psql -qAtc "SELECT 1 FROM pg_database WHERE datname='paidup'" | grep -q 1 || as_postgres createdb -O paidup paidup

if [ ! -e $settings ]; then
	say "Settings: $settings"
	key() { DEBUG=true "$home/.venv/bin/paidup" make_key; }
	(
		umask 077
		cd "$(mktemp -d)"
		sed -e "s|paidup\.example|$name|g" -e "s|^SECRET_KEY=.*|SECRET_KEY=$(openssl rand -base64 48)|" \
			-e "s|^FIELD_ENCRYPTION_KEYS=.*|FIELD_ENCRYPTION_KEYS=$(key)|" \
			-e "s|^DATABASE_URL=.*|DATABASE_URL=postgres://paidup@:$PGPORT/paidup|" \
			"$source/deploy/paidup.env.example" >$settings
	)
	# Until Intuit's keys are entered there, QuickBooks is simulated.
	if ! grep -q '^QUICKBOOKS_CLIENT_ID=.' $settings; then
		sed -i -e 's|^QUICKBOOKS_ENVIRONMENT=.*|QUICKBOOKS_ENVIRONMENT=simulator|' \
			-e "s|^QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN=.*|QUICKBOOKS_WEBHOOK_VERIFIER_TOKEN=$(openssl rand -hex 24)|" $settings
	fi
fi

say "Tables"
as_paidup $home/.venv/bin/paidup migrate --verbosity 0

say "Units, and the proxy"
sed "s|paidup\.example|$name|g" "$source/deploy/Caddyfile" >/etc/caddy/Caddyfile
usermod -aG paidup caddy
if has_systemd; then
	install -m 644 "$source"/deploy/paidup-{web,worker}.service /etc/systemd/system/
	systemctl daemon-reload
	systemctl enable -q --now redis-server paidup-web paidup-worker
	systemctl restart paidup-web paidup-worker
	systemctl reload-or-restart caddy
else
	"$source/deploy/start.sh"
fi

for _ in $(seq 120); do
	[ "$(curl -s -o /dev/null -w '%{http_code}' --unix-socket /run/paidup/web.sock http://localhost/readyz)" = 200 ] && break
	sleep 1
done
say "It serves"
as_paidup $home/.venv/bin/paidup doctor || say "What doctor calls BAD is yours to mend in $settings"
as_paidup $home/.venv/bin/paidup createadmin admin --email "$email"
say "Done: https://$name/"

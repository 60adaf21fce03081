#!/usr/bin/env bash
# Starts what the units start, where no systemd does: their own ExecStart lines, as their user.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
port=${REDIS_PORT:-6379}
redis-cli -p "$port" ping >/dev/null 2>&1 || redis-server --port "$port" --daemonize yes >/dev/null
install -d -o paidup -g paidup /run/paidup
for unit in web worker; do
	line=$(sed -n 's/^ExecStart=//p' "$here/paidup-$unit.service")
	# shellcheck disable=SC2086 # the line is a command with its arguments
	(
		cd /srv/paidup
		set -a
		. /etc/paidup.env
		umask 0007
		exec setsid setpriv --reuid=paidup --regid=paidup --init-groups $line
	) >"/var/log/paidup-$unit.log" 2>&1 </dev/null &
done
caddy start --config /etc/caddy/Caddyfile >/var/log/caddy.log 2>&1

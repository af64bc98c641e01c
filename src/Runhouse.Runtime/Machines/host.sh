# Finds the host of a cluster on this machine, or starts it. Written for any POSIX shell; the variables above say what.
# The first word of the output says what happened: RUNNING and STARTED (host.json follows), NEEDS (facts about the machine follow, as
# name=value), UNWRITABLE, BROKEN and FAILED (text follows).
umask 077
LC_ALL=C; export LC_ALL
case $base in '~') base=$HOME ;; '~/'*) base=$HOME/${base#'~/'} ;; esac
state=$base/hosts/$name

# -- what it is
machine=$(uname -m)
case $machine in x86_64|amd64) machine=x64 ;; aarch64|arm64) machine=arm64 ;; armv7*|armv6*) machine=arm ;; esac
system=linux
[ "$(uname -s)" = Linux ] || system=$(uname -s)
for loader in /lib/ld-musl-*; do [ ! -e "$loader" ] || system=linux-musl; done
for loader in /lib64/ld-linux-* /lib/ld-linux-*; do [ ! -e "$loader" ] || system=linux; done
rid=$system-$machine

# -- what would run the host: a runtime of its own that fits, else one that was sent
fits() { printf '%s\n' "$runtimes" | grep -q "^Microsoft.$1.App $major\."; }
find_dotnet() {
    dotnet=
    if found=$(command -v dotnet 2>/dev/null) && runtimes=$("$found" --list-runtimes 2>/dev/null) && fits NETCore && fits AspNetCore; then
        dotnet=$found
    else
        eval "id=\${runtime_$(printf %s "$rid" | tr - _):-}"
        [ -z "$id" ] || [ ! -x "$base/dotnet/$id/dotnet" ] || dotnet=$base/dotnet/$id/dotnet
    fi
}

# -- what runs already
alive() {
    # Read once: a host that ends takes its file with it.
    sign=$(cat "$state/host.json" 2>/dev/null) || return 1
    pid=$(printf '%s\n' "$sign" | sed -n 's/.*"pid": *\([0-9][0-9]*\).*/\1/p')
    # The number of a host that was killed may be another process' by now.
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && { [ ! -r "/proc/$pid/cmdline" ] || grep -q Runhouse.Host "/proc/$pid/cmdline"; }
}
if [ "$mode" = facts ]; then
    echo FACTS
    echo "rid=$rid"
    echo "now=$(date +%s)"
    missing=
    for tool in tar gzip awk sed grep; do command -v $tool >/dev/null 2>&1 || missing="$missing $tool"; done
    echo "missing=${missing# }"
    for library in /usr/lib/*/libssl.so* /usr/lib/libssl.so* /usr/lib64/libssl.so* /lib/*/libssl.so* /lib/libssl.so*; do
        [ ! -e "$library" ] || { echo "ssl=$library"; break; }
    done
    find_dotnet; echo "dotnet=$dotnet"
    mkdir -p "$base" 2>/dev/null && : 2>/dev/null >"$base/.probe" && rm -f "$base/.probe" && echo "writable=yes"
    echo "free=$(df -Pk "$base" 2>/dev/null | awk 'END { print $4 }')"
    if alive; then printf '%s\n' "$sign"; fi
    exit 0
fi
if alive; then echo RUNNING; echo "rid=$rid"; printf '%s\n' "$sign"; exit 0; fi
[ "$mode" != find ] || { echo NONE; exit 0; }

if ! reason=$(mkdir -p "$state/logs" "$base/dotnet" "$base/programs" 2>&1 && : 2>&1 >"$state/.probe"); then
    echo UNWRITABLE; echo "$base"; printf '%s\n' "$reason"; exit 0
fi
rm -f "$state/.probe"

# -- what was sent along
if [ "$mode" = install ]; then
    incoming=$base/incoming.$$
    if ! reason=$(mkdir "$incoming" && cd "$incoming" && tar -xzf - 2>&1); then
        rm -rf "$incoming"; echo BROKEN; printf '%s\n' "$reason" | tail -n 5; df -Pk "$base" | tail -n 1; exit 0
    fi
    # Under its name only once it is whole; somebody else may have been faster.
    for kind in dotnet programs; do
        for one in "$incoming/$kind"/*; do
            [ -d "$one" ] || continue
            [ -d "$base/$kind/${one##*/}" ] || mv "$one" "$base/$kind/${one##*/}"
        done
    done
    rm -rf "$incoming"
fi

# -- what the host is started with
find_dotnet
host=$base/programs/$programs/host/Runhouse.Host.dll
if [ -z "$dotnet" ] || [ ! -f "$host" ]; then
    echo NEEDS
    echo "rid=$rid"
    echo "dotnet=$dotnet"
    [ ! -f "$host" ] || echo "programs=yes"
    echo "free=$(df -Pk "$base" | awk 'END { print $4 }')"
    exit 0
fi

# -- start: in a session of its own, holding nothing of this one
cd "$state" || exit 1
session=$(command -v setsid || command -v nohup || true)
DOTNET_CLI_TELEMETRY_OPTOUT=1 $session "$dotnet" exec "$host" --home "$state" --port 0 --worker-ports on --name "$name" "$@" </dev/null >"$state/logs/start.log" 2>&1 &
started=$!
tries=0
while ! alive; do
    tries=$((tries + 1))
    if [ -n "$started" ] && ! kill -0 "$started" 2>/dev/null; then
        wait "$started"; code=$?; started=
        # 3: another host has this folder, so that its file comes.
        if [ "$code" != 3 ]; then echo FAILED; echo "ended with exit code $code"; tail -n 20 "$state/logs/start.log" "$state/logs/host.log" 2>/dev/null; exit 0; fi
    fi
    if [ "$tries" -gt "$patience" ]; then echo FAILED; echo "did not answer in time"; tail -n 20 "$state/logs/start.log" "$state/logs/host.log" 2>/dev/null; exit 0; fi
    sleep 0.05 2>/dev/null || sleep 1
done
echo STARTED; echo "rid=$rid"; printf '%s\n' "$sign"

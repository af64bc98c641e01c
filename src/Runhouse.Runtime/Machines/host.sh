# Finds the host of a cluster on this machine, or starts it. Written for any POSIX shell; the variables above say what.
# The first word of the output says what happened: RUNNING and STARTED (host.json follows), NEEDS (facts about the machine follow, as
# name=value), UNWRITABLE, BROKEN and FAILED (text follows), ENDED and STAYS (of a host whose end was waited for), GONE (the agent that begins hosts here is not there).
# The host gets these of the session; what this script makes is for its user alone, and reads alike everywhere.
mask=$(umask); umask 077
locale=${LC_ALL-}; has_locale=${LC_ALL+yes}
LC_ALL=C; export LC_ALL
case $base in
'~') base=$HOME ;;
'~/'*) base=$HOME/${base#'~/'} ;;
/*) ;;
*) base=$HOME/$base ;;
esac
state=$base/hosts/$folder

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
    dotnet=; root=
    if found=$(command -v dotnet 2>/dev/null) && runtimes=$("$found" --list-runtimes 2>/dev/null) && fits NETCore && fits AspNetCore; then
        dotnet=$found
    else
        eval "id=\${runtime_$(printf %s "$rid" | tr - _):-}"
        # One of packages has no dotnet, but programs that stand in for it.
        for launcher in dotnet Runhouse.Host; do
            [ -z "$id" ] || [ -n "$dotnet" ] || [ ! -x "$base/dotnet/$id/$launcher" ] || { root=$base/dotnet/$id; dotnet=$root/$launcher; }
        done
    fi
}

# -- what .NET takes from the system
has() {
    for library in /usr/lib/*/"$1".so* /usr/lib/"$1".so* /usr/lib64/"$1".so* /lib/*/"$1".so* /lib/"$1".so* /lib64/"$1".so* /usr/local/lib/"$1".so* \
        $(PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null | sed -n "s/^[[:space:]]*$1\.so.* => //p"); do
        [ ! -e "$library" ] || return 0
    done
    return 1
}
find_lacks() {
    lacks=
    has libssl || lacks=libssl
    has libstdc++ || lacks="$lacks libstdc++"
    has libicuuc || lacks="$lacks libicu"
}

# -- who looks after the host: the user's service manager, where that stays when the user has logged out
manages() {
    [ -d /run/systemd/system ] || return 1
    XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}; export XDG_RUNTIME_DIR
    [ -S "$XDG_RUNTIME_DIR/systemd/private" ]
}
lingers() { [ "$(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null)" = yes ]; }
ends_at_logout() {
    [ "$(id -u)" != 0 ] && [ -d /run/systemd/system ] && [ "$(busctl get-property org.freedesktop.login1 /org/freedesktop/login1 \
        org.freedesktop.login1.Manager KillUserProcesses 2>/dev/null)" = 'b true' ]
}
# A worker that the kernel kills for its memory must not take the others along, nor the host what an image's steps have started.
unit='systemd-run --user --quiet --collect --wait --property=KillMode=process --property=OOMPolicy=continue --property=Delegate=yes --property=TasksMax=infinity'

# -- what runs already
is_state() { [ "$1" = "$state" ] || { one=$(cd "$1" 2>/dev/null && pwd -P) && other=$(cd "$state" 2>/dev/null && pwd -P) && [ "$one" = "$other" ]; }; }
is_host() {
    tr '\0' '\n' <"/proc/$1/cmdline" | (
        option=
        while IFS= read -r word; do
            [ "$option" != --home ] || ! is_state "$word" || exit 0
            option=$word
        done
        exit 1
    )
} 2>/dev/null
# The number of a host that was killed may be another process' by now, even another host's.
runs() { kill -0 "$1" 2>/dev/null && { [ ! -r "/proc/$1/cmdline" ] || is_host "$1"; }; }
alive() {
    # Read once: a host that ends takes its file with it.
    sign=$(cat "$state/host.json" 2>/dev/null) || return 1
    pid=$(printf '%s\n' "$sign" | sed -n 's/.*"pid": *\([0-9][0-9]*\).*/\1/p')
    [ -n "$pid" ] && runs "$pid"
}
nap() { sleep 0.05 2>/dev/null || sleep 1; }

# -- its end: waited for, or brought about once it has had its time
if [ "$mode" = wait ] || [ "$mode" = end ]; then
    tries=0; limit=$patience
    [ "$mode" = wait ] || limit=$((patience + 300))
    while runs "$ending"; do
        [ "$tries" -lt "$limit" ] || { echo STAYS; exit 0; }
        if [ "$mode" = end ] && is_host "$ending"; then
            # First asked, so that it ends its workers and takes its secrets away.
            [ "$tries" != "$patience" ] || kill -TERM "$ending" 2>/dev/null
            [ "$tries" != "$((patience + 200))" ] || kill -KILL "$ending" 2>/dev/null
        fi
        tries=$((tries + 1))
        nap
    done
    echo ENDED; exit 0
fi

if [ "$mode" = facts ]; then
    echo FACTS
    echo "rid=$rid"
    echo "now=$(date +%s)"
    missing=
    for tool in tar gzip awk sed grep; do command -v $tool >/dev/null 2>&1 || missing="$missing $tool"; done
    echo "missing=${missing# }"
    find_lacks; echo "lacks=${lacks# }"
    if ends_at_logout && ! lingers; then echo "logout=ends"; fi
    find_dotnet; echo "dotnet=$dotnet"
    mkdir -p "$base" 2>/dev/null && : 2>/dev/null >"$base/.probe" && rm -f "$base/.probe" && echo "writable=yes"
    echo "free=$(df -Pk "$base" 2>/dev/null | awk 'END { print $4 }')"
    if alive; then printf '%s\n' "$sign"; fi
    exit 0
fi
if alive; then echo RUNNING; echo "rid=$rid"; printf '%s\n' "$sign"; exit 0; fi
[ "$mode" != find ] || { echo NONE; exit 0; }

# -- a machine that ends at the time of a file: until its host runs, whoever is here puts that off, and while something is sent it is put off as long as it comes
keep() {
    [ -n "$lease" ] && [ -e "$lease" ] || return 0
    end=$(($(date +%s) + lease_time))
    [ "$(stat -c %Y "$lease")" -ge "$end" ] || touch -d "@$end" "$lease"
}
keep_while_it_grows() {
    [ -n "$lease" ] || return 0
    size=
    while sleep 2 && kill -0 $$; do
        before=$size; size=$(du -sk "$1")
        [ "$size" = "$before" ] || keep
    done
}
keep

# -- who begins the host, where what a command starts ends with the command: an agent, which comes when the machine does and ends with it
has_agent() { [ -p "$agent/begin" ] && [ -O "$agent/begin" ]; }
if [ -n "$agent" ]; then
    tries=0
    until has_agent; do
        [ "$tries" -lt "$patience" ] || { echo GONE; exit 0; }
        tries=$((tries + 1))
        nap
    done
fi

if ! reason=$(mkdir -p "$state/logs" "$base/dotnet" "$base/programs" 2>&1 && : 2>&1 >"$state/.probe"); then
    echo UNWRITABLE; echo "$base"; printf '%s\n' "$reason"; exit 0
fi
rm -f "$state/.probe"

# -- what was sent along
if [ "$mode" = install ]; then
    incoming=$base/incoming.$(uname -n).$$
    keep_while_it_grows "$incoming" </dev/null >/dev/null 2>&1 &
    keeper=$!
    if ! reason=$(mkdir "$incoming" && cd "$incoming" && tar -xzf - 2>&1); then
        kill "$keeper" 2>/dev/null; rm -rf "$incoming"; echo BROKEN; printf '%s\n' "$reason" | tail -n 5; df -Pk "$base" | tail -n 1; exit 0
    fi
    kill "$keeper" 2>/dev/null

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
program=$base/programs/$programs
# Used now, says whoever tidies up.
[ ! -d "$program" ] || touch "$program"
[ -z "$root" ] || touch "$root"
if [ -z "$dotnet" ] || [ ! -f "$program/host/Runhouse.Host.dll" ]; then
    echo NEEDS
    echo "rid=$rid"
    echo "dotnet=$dotnet"
    [ ! -f "$program/host/Runhouse.Host.dll" ] || echo "programs=yes"
    echo "free=$(df -Pk "$base" | awk 'END { print $4 }')"
    exit 0
fi
set -- --home "$state" --port 0 --name "$name" "$@"
if [ "${dotnet##*/}" = dotnet ]; then
    set -- "$dotnet" exec "$program/host/Runhouse.Host.dll" "$@"
else
    for launcher in host/Runhouse.Host worker/Runhouse.Worker; do
        [ -x "$program/$launcher" ] || { cp "$root/${launcher##*/}" "$program/$launcher.$$" && mv -f "$program/$launcher.$$" "$program/$launcher"; }
    done
    unset DOTNET_ROOT_X64 DOTNET_ROOT_ARM64
    DOTNET_ROOT=$root; export DOTNET_ROOT
    set -- "$program/host/Runhouse.Host" "$@"
fi
find_lacks
case $lacks in
# Where not even the others are in the usual places, ICU may be anywhere too.
*libs*) ;;
*libicu*) DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT:-1}; export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT ;;
esac
DOTNET_CLI_TELEMETRY_OPTOUT=1; export DOTNET_CLI_TELEMETRY_OPTOUT

# -- start: holding nothing of this session, in one of its own, or as a unit; with the session's variables and mask
cd "$state" || exit 1
printf '%s\n' "$program" "$root" >runs-from
settings=.environment.$$
trap 'rm -f "$state/$settings"' EXIT
trap 'exit 129' HUP; trap 'exit 130' INT; trap 'exit 143' TERM
# Of starts that were cut off.
for one in .environment.*; do
    kill -0 "${one##*.}" 2>/dev/null || rm -f "$one"
done
restore_locale() { if [ -n "$has_locale" ]; then LC_ALL=$locale; else unset LC_ALL; fi; }
as_session() { restore_locale; umask "$mask"; exec "$@"; }
words() { for word; do printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")"; done; }
environment() { for one; do eval "[ -z \"\${$one+set}\" ] || words \"$one=\$$one\""; done; }
gone=250
begin() {
    rm -f logs/start.log
    if [ -n "$as_unit" ]; then
        (restore_locale; export -p) >"$settings"
        # shellcheck disable=SC2016 # The inner shell's.
        $unit --unit="runhouse-$name-$$-$tries" sh -c \
            'umask 077; cd "$1" && exec </dev/null >logs/start.log 2>&1 && . "./$2" && rm "$2" && umask "$3" && shift 3 && exec "$@"' \
            sh "$state" "$settings" "$mask" "$@" </dev/null >/dev/null 2>&1 &
        started=$!; watcher=$started
    elif [ -n "$agent" ]; then
        request=$$-$tries
        {
            words cd "$state"; echo ' || exit 1'
            # The environment is the agent's, but for what .NET needs here.
            words exec env; environment DOTNET_ROOT DOTNET_CLI_TELEMETRY_OPTOUT DOTNET_SYSTEM_GLOBALIZATION_INVARIANT; words "$@"; echo ' >logs/start.log 2>&1'
        } >"$agent/$request.request"
        (
            exec 3<>"$agent/begin" && echo "$request" >&3
            while has_agent && [ ! -f "$agent/$request.code" ]; do nap; done
            exit "$(cat "$agent/$request.code" 2>/dev/null || echo "$gone")"
        ) </dev/null >/dev/null 2>&1 &
        started=$!; watcher=$started
    else
        # shellcheck disable=SC2086 # None is no word.
        as_session $session "$@" </dev/null >logs/start.log 2>&1 &
        started=$!; watcher=
    fi
}
failed() {
    echo FAILED; echo "lacks=${lacks# }"; echo "$1"; tail -n 20 "$state/logs/start.log" "$state/logs/host.log" 2>/dev/null
    exit 0
}
session=$(command -v setsid || command -v nohup || true)
as_unit=
if [ -z "$agent" ] && manages && { lingers || { ends_at_logout && loginctl enable-linger 2>/dev/null; }; } && $unit true </dev/null >/dev/null 2>&1; then as_unit=yes; fi
tries=0
again=0
begin "$@"
while ! alive; do
    tries=$((tries + 1))
    if [ -n "$started" ] && ! kill -0 "$started" 2>/dev/null; then
        wait "$started"; code=$?; started=
        if [ -n "$as_unit" ] && [ -e "$settings" ]; then
            # The unit did not come to read them: the service manager refused it after all.
            rm -f "$settings"; as_unit=; again=$tries
        else
            [ -z "$agent" ] || [ "$code" != "$gone" ] || { echo GONE; exit 0; }
            # 3: another host has this folder. Its file comes, or it is stopping and the place is free soon.
            [ "$code" = 3 ] || failed "ended with exit code $code"
            again=$((tries + 20))
        fi
    fi
    [ "$tries" -le "$patience" ] || failed "did not answer in time"
    if [ -z "$started" ] && [ "$tries" -ge "$again" ]; then begin "$@"; fi
    nap
done
[ -z "$watcher" ] || kill "$watcher" 2>/dev/null
echo STARTED; echo "rid=$rid"; printf '%s\n' "$sign"

# -- tidy up behind what was sent: what is not of the two used last, nobody has started from for an hour and no process runs from, here or, where
# machines have one home, of a host elsewhere
[ "$mode" = install ] || exit 0
runs_from() {
    ! grep -qsF "$1/" /proc/[0-9]*/cmdline /proc/[0-9]*/maps || return 0
    for one in "$base"/hosts/*; do
        [ ! -f "$one/host.json" ] || ! grep -qsxF "$1" "$one/runs-from" || return 0
    done
    return 1
}
tidy() {
    ls -t "$base/$1" | tail -n +3 | while read -r one; do
        [ -n "$(find "$base/$1/$one" -prune -mmin +60)" ] || continue
        ! (runs_from "$base/$1/$one") || continue
        mv "$base/$1/$one" "$base/incoming.$(uname -n).$$" && rm -rf "$base/incoming.$(uname -n).$$"
    done
}
tidy programs
tidy dotnet
# What was cut off while it came.
for one in "$base"/incoming.*; do
    [ ! -d "$one" ] || [ -z "$(find "$one" -prune -mmin +1440)" ] || rm -rf "$one"
done

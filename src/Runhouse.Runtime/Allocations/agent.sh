#!/bin/sh
# Runs on each node of an allocation for as long as that lasts: begins hosts there, as what a command of a session starts ends with the command, and ends when the lease is
# over. The lease ends at the time of a file, which the host puts off while it has work and ends when it has none; a node whose host never starts, or is gone, ends by itself.
#   agent.sh FOLDER BOOT [together [COMMAND] | GRACE]
# FOLDER is the agent's own, made here. BOOT is for how many seconds the lease holds before there is a host. An agent that is one of several together says on its output when
# it is idle and when it is busy again, and leaves the end to whoever reads that. GRACE is for how many seconds the place stays once SIGTERM has said that it is taken away: the
# file FOLDER/ending has the time of its end then, in seconds since 1970, for the host to tell its code. Not where FOLDER/down says that the end was asked for. COMMAND is asked
# instead where the time is known elsewhere: it writes what belongs into that file, or nothing where the end is now.
folder=$1 boot=$2 together='' grace=0 ask=''
case ${3-} in together) together=yes ask=${4-} ;; ?*) grace=$3 ;; esac
umask 077
# Whoever made it before could have hosts begin here.
mkdir "$folder" || exit 1
touch -d "@$(($(date +%s) + boot))" "$folder/lease" || exit 1
mkfifo "$folder/begin" || exit 1

# A request is a file of words for a shell, of which the last command is the host; its exit code is left behind.
# Open for writing as well: it is never at its end.
while read -r request; do
    (
        sh "$folder/$request.request" </dev/null >/dev/null 2>&1 &
        echo $! >"$folder/$request.pid"
        wait $!
        code=$?
        # Its number may be another process' from now on.
        rm -f "$folder/$request.pid" "$folder/$request.request"
        # With the folder, nobody is left who asks.
        [ ! -d "$folder" ] || { echo "$code" >"$folder/$request.part" && mv "$folder/$request.part" "$folder/$request.code"; } 2>/dev/null
    ) &
done <>"$folder/begin" &
reader=$!

any_runs() {
    for host in $hosts; do ! kill -0 "$host" 2>/dev/null || return 0; done
    return 1
}
finish() {
    trap '' TERM INT HUP
    kill "$reader" 2>/dev/null
    hosts=$(cat "$folder"/*.pid 2>/dev/null)
    # Sooner than whoever looks at the lease: nobody is to ask for another host here.
    rm -rf "$folder"
    # shellcheck disable=SC2086 # Several.
    kill -TERM $hosts 2>/dev/null
    tries=0
    while any_runs && [ "$tries" -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1 2>/dev/null || sleep 1
    done
    exit 0
}
ending=
notice() {
    hosts=$(cat "$folder"/*.pid 2>/dev/null)
    when=
    [ "$grace" -le 0 ] || when=$(($(date +%s) + grace))
    # Again where there is nothing: the signal may have ended what asked, too.
    tries=0
    while [ -n "$ask" ] && [ -z "$when" ] && [ "$tries" -lt 3 ]; do
        tries=$((tries + 1))
        when=$(eval "$ask")
        [ -n "$when" ] || sleep 0.1 2>/dev/null || sleep 1
    done
    [ -n "$when" ] && [ ! -e "$folder/down" ] && any_runs || finish
    trap finish TERM INT HUP
    ending=yes
    echo "$when" >"$folder/ending.part" && mv "$folder/ending.part" "$folder/ending" || finish
}
trap notice TERM
trap finish INT HUP

was=busy
while :; do
    # What a signal to all processes here has ended says nothing of the lease.
    now=$(date +%s) || continue
    ends=$(stat -c %Y "$folder/lease" 2>/dev/null)
    case $? in 0) ;; 1) ends=0 ;; *) continue ;; esac
    if [ "$now" -lt "$ends" ]; then is=busy; else is=idle; fi
    [ -z "$ending" ] || { [ ! -e "$folder/down" ] && any_runs; } || finish
    if [ -n "$together" ]; then
        [ "$is" = "$was" ] || echo "$is"
        was=$is
    elif [ "$is" = idle ]; then
        finish
    fi
    # Waited for, so that a signal comes through at once, and that what has ended is taken away where this is the first process.
    sleep 1 &
    wait $!
done

#!/usr/bin/env bash
# supervised.sh PROGRAM ARGUMENT...: runs a program for as long as its own input is open, which is until the tests end, however they do. Ends as the program does.
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
(read -r _ <&3 || true; kill -KILL "$program") 2>/dev/null >&2 &
watch=$!
exec 3<&-
wait "$program"
code=$?
kill "$watch"
exit "$code"

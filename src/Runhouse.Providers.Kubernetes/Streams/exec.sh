# Runs a command whose text and input come in frames: a line with the length in bytes, then as many bytes. The first frame is the command; one of length 0 is the end of its input,
# which the API's protocol has no word for. Where the frames end, the caller is gone, and the command ends with all that it started in this process group.
take() { dd bs="$1" count=1 iflag=fullblock; }
# Errors are the command's alone: shells speak of each process that they see killed.
exec 3>&2 2>/dev/null
read -r length && text=$(take "$length") || exit 125
{
    exec 3>&-
    sh -c 'echo $PPID'
    while read -r length; do
        # To nobody once the input has ended, or the command reads no more of it.
        { [ "$length" != 0 ] && take "$length"; } || exec >/dev/null
    done
    kill -TERM 0
} | {
    read -r feeder
    sh -c "$text" 2>&3 3>&-
    code=$?
    kill -KILL "$feeder"
    exit "$code"
}

# Lists jobs: one line for each, and behind it one for each node of a job that has them, as squeue and sinfo write them, and one for a job whose nodes are given to another one. "$@" says which jobs.
SLURM_TIME_FORMAT=%s; export SLURM_TIME_FORMAT
jobs=$(squeue --noheader --all --states=all "$@" --format='%i|%j|%T|%r|%P|%D|%C|%m|%V|%S|%N|%k') || exit
[ -n "$jobs" ] || exit 0
printf '%s\n' "$jobs" | while IFS= read -r job; do
    printf 'job|%s\n' "$job"
    # Of somebody else's job nobody asks where it runs, or what it ends for.
    case $job in *'|runhouse owner='*) ;; *) continue ;; esac
    state=${job#*|*|}
    case $state in
    RUNNING'|'* | SIGNALING'|'* | RESIZING'|'*)
        nodes=$(printf '%s\n' "$job" | cut -d'|' -f11)
        sinfo --noheader --all --Node --nodes="$nodes" --format='node|%N|%o' || exit
        ;;
    # That it is being ended hides its state until its last process is gone, which may take minutes; and one that left its nodes before Slurm took them has completed.
    COMPLETING'|'* | COMPLETED'|'*) ;;
    *) continue ;;
    esac
    case $(timeout 5 scontrol --oneliner show job "${job%%|*}" 2>/dev/null) in *' PreemptTime='[0-9]*) echo 'preempted' ;; esac
done

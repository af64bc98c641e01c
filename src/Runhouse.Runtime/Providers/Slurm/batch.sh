# The job of a cluster: an agent on each of its nodes, for as long as any of them has work. The variables above say what.
# An overlapping step must not come before the first one of the job, nor find variables that are about this script alone.
unset SLURM_EXPORT_ENV
# Where Slurm binds no processes, .NET would take all cores of a node for its own: it is told of those of the job.
eval "$prologue"
# shellcheck disable=SC2016 # The nodes' shells'.
srun --nodes="$count" --ntasks="$count" --ntasks-per-node=1 --wait=0 --kill-on-bad-exit=1 --input=none --mpi=none sh -c \
    'echo "step $SLURM_STEP_ID"; export DOTNET_PROCESSOR_COUNT="${DOTNET_PROCESSOR_COUNT:-$SLURM_CPUS_ON_NODE}"; exec sh -c "$1" agent "$2.$SLURM_JOB_ID.$SLURMD_NODENAME" "$3" together "$4"' sh "$agent" "$folder" "$boot" "notice=$notice
$ends" |
{
    # Until the controller has heard it, as it is said only once that there is no work; and when a node has not, the job goes as a whole.
    end() {
        until scancel --signal=TERM "$SLURM_JOB_ID.$step"; do sleep 10; done
        # In short steps: what is left of it when it is not needed is not to hold up the job's end.
        (
            left=90
            while [ "$left" -gt 0 ]; do sleep 1; left=$((left - 1)); done
            until scancel "$SLURM_JOB_ID"; do sleep 60; done
        ) &
        killer=$!
    }
    idle=0 killer=
    while read -r word value; do
        case $word in
        step) step=$value ;;
        idle) idle=$((idle + 1)) ;;
        busy) idle=$((idle - 1)) ;;
        esac
        # A node cannot be given back without the others: the last one that has no work any more ends them all.
        [ "$idle" -lt "$count" ] || [ -n "$killer" ] || end
    done
    [ -z "$killer" ] || kill "$killer"
}

# Asked by the agent of a node that has got SIGTERM: when the job ends, if that is not now. Slurm sends it when the time that a partition leaves to jobs which others go before
# begins (GraceTime), and before the job's time is over (--signal); and to whatever it ends at once.
job=$(SLURM_TIME_FORMAT=%s timeout 2 scontrol --oneliner show job "$SLURM_JOB_ID" | tr ' ' '\n')
field() { printf '%s\n' "$job" | sed -n "s/^$1=//p" | head -n 1; }
now=$(date +%s) end=$(field EndTime)
preempted=$(field PreemptTime)
# Of a job whose time has no limit Slurm shows no end, though it has set one: it follows from what the partition leaves.
case "$preempted $end" in
[0-9]*' '[0-9]*) ;;
[0-9]*)
    job=$(printf '%s\n' "$job"; timeout 2 scontrol --oneliner show partition "$(field Partition)" | tr ' ' '\n')
    case $(field GraceTime) in [1-9]*) end=$((preempted + $(field GraceTime))) ;; esac
    ;;
esac
case "$(field JobState) $preempted $end" in
'RUNNING '[0-9]*' '[0-9]*) echo "$end" ;;
# As early as Slurm's clock may have it, which strikes twice a minute.
'RUNNING '*' '[0-9]*) [ "$end" -gt $((now + notice + 90)) ] || echo "$end over" ;;
esac

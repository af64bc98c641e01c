# What a job that this runs in, or somebody's profile, says to Slurm's commands by variables is not meant for the jobs of a cluster: a list might leave them out, a request be another one.
for variable in $(env | sed -n 's/^\(S[A-Z]*_[A-Za-z0-9_]*\)=.*/\1/p'); do
    case $variable in
    SLURM_CONF | SLURM_CONF_SERVER | SLURM_JWT) ;;
    SLURM_* | SLURMD_* | SBATCH_* | SRUN_* | SALLOC_* | SQUEUE_* | SINFO_* | SCANCEL_* | SCONTROL_*) unset "$variable" ;;
    esac
done

namespace Runhouse.Runtime.Allocations;

/// <summary>Where a scheduler's allocations are made and looked for. Those of another site cannot be seen, whether they are there or not.</summary>
/// <param name="Id">Which one it is, whichever way leads there: <c>ada on Slurm's cluster hpc</c>, <c>namespace trainers of https://10.0.0.1:6443</c>.</param>
/// <param name="Way">The configuration that leads there, for people: <c>Runhouse:Slurm:Login = ada@login.example.org</c>, <c>context trainers</c>.</param>
public sealed record AllocationSite(string Id, string Way);

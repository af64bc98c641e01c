namespace Runhouse.Simulation.Trace;

/// <summary>What a job is to the team.</summary>
internal enum JobKind
{
    /// <summary>A model is trained again every night, for the morning.</summary>
    Training,

    /// <summary>One trial of a search for hyper-parameters.</summary>
    Sweep,

    /// <summary>A batch of requests to a model.</summary>
    Inference,

    /// <summary>A call from a notebook, which somebody waits for.</summary>
    Notebook,

    /// <summary>Data that is prepared or evaluated.</summary>
    Batch,
}

namespace Runhouse.Runtime.Providers;

/// <summary>What is left of the records of a host that does not run.</summary>
internal enum KeptRecords
{
    /// <summary>Its machine is there: a host that is started on it has them.</summary>
    There,

    /// <summary>They are kept where nothing runs, and the next host of the cluster has them.</summary>
    AtRest,

    /// <summary>They have ended with their machine.</summary>
    Gone,
}

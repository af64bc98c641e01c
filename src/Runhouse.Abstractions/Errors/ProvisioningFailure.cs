namespace Runhouse;

/// <summary>Why a provider did not make a machine, and with that, what is not tried any more.</summary>
public enum ProvisioningFailure
{
    /// <summary>
    /// The provider has no such machine there now. The zone is not asked again for that instance type. A machine that the provider takes back while it starts
    /// counts as one that it never had.
    /// </summary>
    Capacity,

    /// <summary>The account may not have more of them. The region is not asked again for that accelerator (spot and on-demand have quotas of their own).</summary>
    Quota,

    /// <summary>The credentials are missing, have expired or do not allow it. Nothing else is tried: what is wrong must be mended, not paid around.</summary>
    Authentication,

    /// <summary>The provider does not have that instance type there, or not with what was asked. The region is not asked again for it.</summary>
    Unsupported,

    /// <summary>The request is wrong in a way that no other machine mends: an image or a network that does not exist. Nothing else is tried.</summary>
    Configuration,

    /// <summary>The provider wants fewer requests, or has an outage. The same is asked again after a pause, and the region no more when patience is at its end.</summary>
    Throttled,
}

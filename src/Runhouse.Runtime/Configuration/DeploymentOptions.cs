namespace Runhouse;

/// <summary>
/// How many versions of applications the hosts keep that this program starts: section <c>Runhouse:Deployments</c>. What is in use, was used lately, is
/// current or was before it stays in any case.
/// </summary>
public sealed class DeploymentOptions
{
    /// <summary>How many deployments of each application are kept that nobody uses.</summary>
    public int Kept { get; set; } = 5;

    /// <summary>How long a deployment is kept that nobody uses.</summary>
    public TimeSpan Age { get; set; } = TimeSpan.FromDays(14);

    /// <summary>
    /// For how long a deployment stays in any case after somebody has connected to it, and content after it was sent: longer than an upload takes and a program pauses.
    /// </summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromHours(1);
}

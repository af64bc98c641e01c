using Runhouse.Protocol.Control;
using Runhouse.Runtime.Clusters;
using Runhouse.Runtime.Files;

namespace Runhouse.Runtime.Deployment;

/// <summary>Brings an application to a host: announces its files, uploads those that the host lacks, announces them again.</summary>
internal static class DeploymentUpload
{
    /// <summary>Deploys a build.</summary>
    /// <param name="build">The build.</param>
    /// <param name="host">The host.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    /// <exception cref="DeploymentException">The host refused a file, or a file changed meanwhile.</exception>
    public static async Task DeployAsync(ApplicationBuild build, HostClient host, CancellationToken cancellationToken)
    {
        DeploymentReply reply = await host.DeployAsync(build.Manifest, cancellationToken).ConfigureAwait(false);
        if (reply.Missing.Count == 0)
            return;
        await ManifestUpload.SendAsync(reply.Missing, build.Sources, build.Manifest.Application, host, cancellationToken).ConfigureAwait(false);
        reply = await host.DeployAsync(build.Manifest, cancellationToken).ConfigureAwait(false);
        if (reply.Missing.Count > 0)
        {
            throw new DeploymentException(
                $"{host.Address} still lacks {reply.Missing.Count} files of {build.Manifest.Application} after they were uploaded. Look for the cause in the host's log.");
        }
    }
}

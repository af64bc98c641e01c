using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.EC2;
using Amazon.EC2.Model;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Aws;

/// <summary>
/// Finds the security group that opens ports in a VPC, or makes it: one for each set of ports, whoever asks. It costs nothing, and stays; several callers may be about to make it.
/// </summary>
internal sealed class SecurityGroups
{
    private readonly IAmazonEC2 _client;
    private readonly Patience _patience;
    private readonly AwsOptions _options;
    private readonly AwsTiming _timing;

    public SecurityGroups(IAmazonEC2 client, Patience patience, AwsOptions options, AwsTiming timing)
        => (_client, _patience, _options, _timing, Known) = (client, patience, options, timing, new Remembered<(string Vpc, string Ports), string>(FindOrMakeAsync));

    /// <summary>The ids of those that were found.</summary>
    public Remembered<(string Vpc, string Ports), string> Known { get; }

    /// <summary>The id of the group.</summary>
    /// <param name="vpc">The VPC.</param>
    /// <param name="ports">The ports that it opens.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public async Task<string> GetAsync(string vpc, IEnumerable<int> ports, CancellationToken cancellationToken)
        => _options.SecurityGroup ?? await Known.GetAsync((vpc, string.Join('-', ports.Distinct().Order())), cancellationToken).ConfigureAwait(false);

    private async Task<string> FindOrMakeAsync((string Vpc, string Ports) key, CancellationToken cancellationToken)
    {
        // The name tells all that it opens: a caller with other networks has another one.
        string networks = string.Join(' ', _options.AllowFrom.Order(StringComparer.Ordinal));
        string name = $"runhouse-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{key.Ports} {networks}")))[..12]}";
        SecurityGroup? found = await FindAsync(key.Vpc, name, cancellationToken).ConfigureAwait(false);
        Pauses pauses = _patience.NewPauses();
        string id = found?.GroupId ?? await MakeAsync(key, name, pauses, cancellationToken).ConfigureAwait(false);

        // Whoever made it may not have come to this, or not yet.
        foreach (IpPermission permission in Missing(found, key.Ports))
            await AllowAsync(id, permission, pauses, cancellationToken).ConfigureAwait(false);
        return id;
    }

    private async Task<SecurityGroup?> FindAsync(string vpc, string name, CancellationToken cancellationToken)
    {
        var request = new DescribeSecurityGroupsRequest { Filters = [new Filter("vpc-id", [vpc]), new Filter("group-name", [name])] };
        DescribeSecurityGroupsResponse found = await _patience.AskAsync(token => _client.DescribeSecurityGroupsAsync(request, token), cancellationToken).ConfigureAwait(false);
        return found.SecurityGroups?.FirstOrDefault();
    }

    private async Task<string> MakeAsync((string Vpc, string Ports) key, string name, Pauses pauses, CancellationToken cancellationToken)
    {
        var request = new CreateSecurityGroupRequest
        {
            VpcId = key.Vpc,
            GroupName = name,
            Description = $"Machines of Runhouse: ports {key.Ports}",
            TagSpecifications = [new TagSpecification { ResourceType = ResourceType.SecurityGroup, Tags = [new Tag("Name", $"runhouse {key.Ports}"), new Tag("runhouse-ports", key.Ports)] }],
        };
        while (true)
        {
            try
            {
                return (await _patience.AskAsync(token => _client.CreateSecurityGroupAsync(request, token), cancellationToken).ConfigureAwait(false)).GroupId;
            }
            catch (AmazonEC2Exception exception) when (exception.ErrorCode == "InvalidGroup.Duplicate")
            {
                // Another one was faster, or the answer to this one was lost. It may take a moment until it is seen.
                if (await FindAsync(key.Vpc, name, cancellationToken).ConfigureAwait(false) is { } other)
                    return other.GroupId;
                if (_timing.IsVisible(pauses))
                    throw;
                await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task AllowAsync(string group, IpPermission permission, Pauses pauses, CancellationToken cancellationToken)
    {
        var request = new AuthorizeSecurityGroupIngressRequest { GroupId = group, IpPermissions = [permission] };
        while (true)
        {
            try
            {
                await _patience.AskAsync(token => _client.AuthorizeSecurityGroupIngressAsync(request, token), cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (AmazonEC2Exception exception) when (exception.ErrorCode == "InvalidPermission.Duplicate")
            {
                return;
            }
            catch (AmazonEC2Exception exception) when (AwsFault.IsNotFound(exception, "InvalidGroup") && !_timing.IsVisible(pauses))
            {
                await pauses.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // One for each port and network, so that what is there already does not keep out what is not.
    private IEnumerable<IpPermission> Missing(SecurityGroup? has, string ports)
        => from port in ports.Split('-').Select(static text => int.Parse(text, CultureInfo.InvariantCulture))
           from network in _options.AllowFrom
           where !(has?.IpPermissions ?? []).Any(one => one.IpProtocol == "tcp" && one.FromPort == port && one.ToPort == port
               && ((one.Ipv4Ranges ?? []).Any(range => range.CidrIp == network) || (one.Ipv6Ranges ?? []).Any(range => range.CidrIpv6 == network)))
           select network.Contains(':', StringComparison.Ordinal)
               ? new IpPermission { IpProtocol = "tcp", FromPort = port, ToPort = port, Ipv6Ranges = [new Ipv6Range { CidrIpv6 = network }] }
               : new IpPermission { IpProtocol = "tcp", FromPort = port, ToPort = port, Ipv4Ranges = [new IpRange { CidrIp = network }] };
}

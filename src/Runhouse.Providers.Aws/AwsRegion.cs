using Amazon.EC2;
using Runhouse.Runtime.Clouds;

namespace Runhouse.Providers.Aws;

/// <summary>EC2 in one region, and what is known of it.</summary>
internal sealed class AwsRegion : IDisposable
{
    private readonly AmazonEC2Client _client;

    public AwsRegion(string name, AwsOptions options, AwsTiming timing, TimeProvider time)
    {
        Name = name;
        _client = new AmazonEC2Client(options.Point(new AmazonEC2Config(), name, timing.RequestTimeout));
        Patience = new Patience(timing, AwsFault.IsLater, time);
        Images = new Images(_client, Patience, options);
        Subnets = new Subnets(_client, Patience, options);
        Groups = new SecurityGroups(_client, Patience, options, timing);
        Instances = new Instances(_client, Patience, name);
        Termination = new Termination(_client, Instances, Patience, timing);
        Power = new Power(this, options, timing);
        Volumes = new Volumes(_client, Patience, timing, name);
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>EC2's client.</summary>
    public IAmazonEC2 Client => _client;

    /// <summary>How requests are sent again.</summary>
    public Patience Patience { get; }

    /// <summary>Its images.</summary>
    public Images Images { get; }

    /// <summary>Its subnets.</summary>
    public Subnets Subnets { get; }

    /// <summary>Its security groups.</summary>
    public SecurityGroups Groups { get; }

    /// <summary>Its machines.</summary>
    public Instances Instances { get; }

    /// <summary>How its machines end.</summary>
    public Termination Termination { get; }

    /// <summary>How its machines stop and start.</summary>
    public Power Power { get; }

    /// <summary>Its volumes.</summary>
    public Volumes Volumes { get; }

    /// <summary>Forgets what was found: something of it is not there any more.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await Images.Known.ForgetAsync(cancellationToken).ConfigureAwait(false);
        await Subnets.Known.ForgetAsync(cancellationToken).ConfigureAwait(false);
        await Groups.Known.ForgetAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Known.Dispose();
        Subnets.Known.Dispose();
        Groups.Known.Dispose();
        _client.Dispose();
    }
}

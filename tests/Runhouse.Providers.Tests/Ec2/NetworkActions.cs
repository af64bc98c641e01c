using static Runhouse.Providers.Ec2.Ec2Xml;

namespace Runhouse.Providers.Ec2;

/// <summary>What the server does with regions, zones, subnets and security groups.</summary>
internal static class NetworkActions
{
    public static IEnumerable<object?> DescribeRegions(IEnumerable<FakeRegion> regions)
        => [Set("regionInfo", regions, static region => [Element("regionName", region.Name), Element("regionEndpoint", $"ec2.{region.Name}.amazonaws.com"), Element("optInStatus", "opt-in-not-required")])];

    public static IEnumerable<object?> DescribeZones(FakeRegion region, Ec2Request request)
        => [Set("availabilityZoneInfo", region.Zones, zone => [Element("zoneName", zone.Name), Element("zoneId", zone.Id), Element("regionName", region.Name), Element("zoneState", "available")])];

    public static IEnumerable<object?> DescribeSubnets(FakeRegion region, Ec2Request request) =>
    [
        Set("subnetSet", Ec2Filters.Apply(request, region.Subnets, ValuesOf), static subnet =>
        [
            Element("subnetId", subnet.Id), Element("vpcId", subnet.Vpc), Element("availabilityZone", subnet.Zone.Name), Element("availabilityZoneId", subnet.Zone.Id), Element("state", "available"),
            Element("defaultForAz", subnet.IsDefault ? "true" : "false"), Element("availableIpAddressCount", "4091"), Element("mapPublicIpOnLaunch", "true"),
        ]),
    ];

    public static IEnumerable<object?> DescribeGroups(FakeRegion region, Ec2Request request) =>
    [
        Set("securityGroupInfo", Ec2Filters.Apply(request, region.Groups, ValuesOf), static group =>
        [
            Element("groupId", group.Id), Element("groupName", group.Name), Element("vpcId", group.Vpc), Tags(group.Tags),
            Set("ipPermissions", group.Ingress, static one =>
            [
                Element("ipProtocol", one.Protocol), Element("fromPort", one.From), Element("toPort", one.To),
                one.Network.Contains(':', StringComparison.Ordinal)
                    ? Set("ipv6Ranges", [one.Network], static network => [Element("cidrIpv6", network)])
                    : Set("ipRanges", [one.Network], static network => [Element("cidrIp", network)]),
            ]),
        ]),
    ];

    public static IEnumerable<object?> CreateGroup(FakeRegion region, Ec2Request request)
    {
        string name = request.Required("GroupName"), vpc = request.Required("VpcId");
        if (region.Groups.Exists(group => group.Name == name && group.Vpc == vpc))
            throw new Ec2Exception("InvalidGroup.Duplicate", $"The security group '{name}' already exists for VPC '{vpc}'");
        var made = new FakeGroup { Id = FakeRegion.NewId("sg"), Name = name, Vpc = vpc, Tags = request.Tags("security-group") };
        region.Groups.Add(made);
        return [Element("return", "true"), Element("groupId", made.Id)];
    }

    public static IEnumerable<object?> Authorize(FakeRegion region, Ec2Request request)
    {
        string id = request.Required("GroupId");
        FakeGroup group = region.Groups.Find(one => one.Id == id) ?? throw new Ec2Exception("InvalidGroup.NotFound", $"The security group '{id}' does not exist");
        foreach (string permission in request.Structures("IpPermissions"))
        {
            string?[] networks =
            [
                .. request.Structures(permission + "IpRanges").Select(range => request[range + "CidrIp"]),
                .. request.Structures(permission + "Ipv6Ranges").Select(range => request[range + "CidrIpv6"]),
            ];
            foreach (string? network in networks)
            {
                if (!group.Ingress.Add((request.Required(permission + "IpProtocol"), request.Number(permission + "FromPort", 0), request.Number(permission + "ToPort", 0), network!)))
                    throw new Ec2Exception("InvalidPermission.Duplicate", $"the specified rule \"peer: {network}\" already exists");
            }
        }

        return [Element("return", "true")];
    }

    private static IEnumerable<string?>? ValuesOf(FakeSubnet subnet, string filter) => filter switch
    {
        "subnet-id" => [subnet.Id],
        "vpc-id" => [subnet.Vpc],
        "availability-zone" => [subnet.Zone.Name],
        "availability-zone-id" => [subnet.Zone.Id],
        "default-for-az" => [subnet.IsDefault ? "true" : "false"],
        "state" => ["available"],
        _ => null,
    };

    private static IEnumerable<string?>? ValuesOf(FakeGroup group, string filter) => filter switch
    {
        "group-name" => [group.Name],
        "group-id" => [group.Id],
        "vpc-id" => [group.Vpc],
        _ => Ec2Filters.OfTags(group.Tags, filter),
    };
}

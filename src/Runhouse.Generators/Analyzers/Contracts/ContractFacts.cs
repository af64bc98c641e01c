using Runhouse.Generators.Model;

namespace Runhouse.Generators.Analyzers.Contracts;

/// <summary>What remote code promises to builds other than its own, from the models that the generator writes it from.</summary>
internal static class ContractFacts
{
    /// <summary>The facts about members.</summary>
    /// <param name="members">The members.</param>
    public static IEnumerable<ContractLine> Of(IEnumerable<RemoteMemberModel> members)
    {
        foreach (RemoteMemberModel member in members.Where(static one => !one.IsRefused))
        {
            string result = member.Result is null ? "nothing" : Plain(member.Result.TypeName);
            yield return ContractLine.OfCall(member.Signature, member.Return == ReturnKind.Stream ? "stream of " + result : result);
        }
    }

    /// <summary>The facts about the data that members reach.</summary>
    /// <param name="shapes">The shapes.</param>
    public static IEnumerable<ContractLine> Of(IEnumerable<TypeShape> shapes)
    {
        foreach (TypeShape shape in shapes)
        {
            string type = Plain(shape.TypeName);
            switch (shape.Kind)
            {
                case ShapeKind.Enum:
                    yield return ContractLine.OfData(type, shape.WireName.Length > 0 ? shape.WireName : Plain(shape.Elements[0].TypeName));
                    foreach (string constant in shape.Constants)
                        yield return ContractLine.Read($"data {type}.{constant}")!;
                    break;
                case ShapeKind.Object:
                    foreach (ShapeMember member in shape.Members)
                        yield return ContractLine.OfData($"{type}.{member.Name}", Plain(member.Shape.TypeName));
                    break;
                case ShapeKind.Union:
                    foreach (ShapeMember member in shape.Members)
                        yield return ContractLine.OfData($"{type} as \"{member.Tag}\"", Plain(member.Shape.TypeName));
                    break;
            }
        }
    }

    // Without the annotation for null, which does not travel.
    private static string Plain(string type) => type.Replace("global::", "").Replace("?", "");
}

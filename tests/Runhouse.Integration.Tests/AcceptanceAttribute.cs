using Xunit.v3;

namespace Runhouse.Integration;

/// <summary>The number of the behaviour that a test shows.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
internal sealed class AcceptanceAttribute(int number) : Attribute, ITraitAttribute
{
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Acceptance", $"{number}")];
}

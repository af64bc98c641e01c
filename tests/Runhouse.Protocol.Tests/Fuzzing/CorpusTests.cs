namespace Runhouse.Protocol.Tests.Fuzzing;

/// <summary>What was found once, and cases of every class by hand.</summary>
[Collection(nameof(FuzzTests))]
public class CorpusTests
{
    public static TheoryData<string> Findings => [.. Finding.Names];

    [Theory]
    [MemberData(nameof(Findings))]
    public async Task A_finding_ends_as_it_should(string name)
    {
        Finding finding = Finding.Read(name);
        long allocated = GC.GetTotalAllocatedBytes();

        Assert.Equal(finding.Outcome, await finding.ReplayAsync());

        Assert.InRange(GC.GetTotalAllocatedBytes() - allocated, 0, FuzzRun.AllocationLimit);
    }
}

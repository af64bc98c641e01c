using Runhouse.Protocol.Contracts;
using Runhouse.Protocol.Generated;

namespace Runhouse.Protocol.Tests.Contracts;

/// <summary>Remote members as tools see them: described, named and found.</summary>
public sealed class MemberTests
{
    private const string Table = """
        0000000000000100|0000000000000001|F|2|App.Jobs|RunAsync|App.Stats?|gpu=A100 or H100, cpus=8+|data:string|epochs:int=1|note:string?="a\u007C=\u0022"
        0000000000000101|0000000000000002|Fs|0|App.Jobs|RunAsync|int||*items:System.Collections.Generic.IAsyncEnumerable<int>|!done:System.IProgress<double>?=null
        0000000000000102|0000000000000003|Cb|0|App.Outer+Tuner|.ctor||cpus=2|model:string
        0000000000000103|0000000000000004|Mb|0|App.Outer+Tuner|get Rate|double|
        0000000000000104|0000000000000005|Mb|0|App.Outer+Tuner|set Rate|||value:double
        0000000000000105|0000000000000006|M|0|App.Outer+Tuner|fetch Fetch|App.Outer.Tuner|
        0000000000000106|0000000000000007|F|0|Other.Jobs|StopAsync|||first:System.Collections.Generic.Dictionary<string, App.Stats[]>
        0000000000000107|0000000000000008|Fbi|0|App.Jobs|StopAsync|||all:bool
        """;

    private static readonly IReadOnlyList<RemoteMember> Members = RemoteMember.Read(Table);

    [Fact]
    public void A_line_says_all_of_a_member_and_is_made_of_it_again()
    {
        Assert.Equal(Table, ContractDescription.Write(Members));
        Assert.Equal(ContractDescription.Write(Members), ContractDescription.Write(ContractDescription.Read(ContractDescription.Write(Members))));
        RemoteMember run = Members[0];
        Assert.Equal(("App.Jobs.RunAsync(string, int, string)", 2, false), (run.Signature, run.Concurrency, run.IsStream));
        Assert.Equal(new RemoteParameter("note", "string?", RemoteParameterKind.Value, "\"a\\u007C=\\u0022\""), run.Parameters[2]);
        Assert.Equal([RemoteParameterKind.Stream, RemoteParameterKind.Progress], Members[1].Parameters.Select(static one => one.Kind));
        Assert.Equal("get App.Outer+Tuner.Rate()", Members[3].Signature);
        Assert.Equal((false, true), (run.IsIdempotent, Members[7].IsIdempotent));
    }

    [Fact]
    public void A_member_is_described_as_it_is_called()
    {
        Assert.Equal(
            [
                "Jobs.RunAsync(string data, int epochs = 1, string? note = \"a\\u007C=\\u0022\") -> Stats?",
                "Jobs.RunAsync(IAsyncEnumerable<int> items, IProgress<double>? done = null) -> stream of int",
                "new Outer.Tuner(string model)",
                "Outer.Tuner.GetRateAsync() -> double",
                "Outer.Tuner.SetRateAsync(double value)",
                "Outer.Tuner.FetchAsync() -> Tuner",
                "Jobs.StopAsync(Dictionary<string, Stats[]> first)",
                "Jobs.StopAsync(bool all)",
            ],
            Members.Select(MemberNames.Describe));
    }

    [Theory]
    [InlineData(0x100, "Jobs.RunAsync", "data")]
    [InlineData(0x100, "App.Jobs.RunAsync", "Data", "note")]
    [InlineData(0x101, "RunAsync", "items")]
    [InlineData(0x101, "jobs.run", "items", "done")]
    [InlineData(0x103, "Outer.Tuner.GetRateAsync")]
    [InlineData(0x104, "SetRate", "value")]
    [InlineData(0x106, "Other.Jobs.StopAsync", "first")]
    [InlineData(0x106, "Other", "first")]
    [InlineData(0x103, "getra")]
    [InlineData(0x105, "tch")]
    public void As_much_of_a_name_is_enough_as_no_other_has(int id, string name, params string[] arguments)
        => Assert.Equal((ulong)id, MemberSearch.Find(Members, name, arguments).Id);

    [Theory]
    [InlineData("There is no remote member 'Jobs.RunAsnc'. Did you mean Jobs.RunAsync?", "Jobs.RunAsnc")]
    [InlineData("'Jobs.StopAsync' may be App.Jobs.StopAsync or Other.Jobs.StopAsync. Write as much of the name as only one has.", "Jobs.StopAsync")]
    [InlineData("Jobs.RunAsync has no parameter 'dta': did you mean 'data'? It is Jobs.RunAsync(string data, int epochs = 1, string? note = \"a\\u007C=\\u0022\") -> Stats? or Jobs.RunAsync(", "RunAsync", "dta")]
    [InlineData("Jobs.RunAsync needs an argument for 'data'.", "RunAsync", "epochs")]
    [InlineData("'Tuner' may be App.Outer.Tuner.FetchAsync or App.Outer.Tuner.GetRateAsync or App.Outer.Tuner.SetRateAsync. Write as much of the name as only one has.", "Tuner")]
    [InlineData("'Sto' may be App.Jobs.StopAsync or Other.Jobs.StopAsync.", "Sto")]
    [InlineData("There is no remote member ''.", "")]
    public void What_is_not_there_is_said_with_what_is(string message, string name, params string[] arguments)
        => Assert.StartsWith(message, Assert.ThrowsAny<Exception>(() => MemberSearch.Find(Members, name, arguments)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("x")]
    [InlineData("x|1|F|0|T|N|R|")]
    [InlineData("1|1|F|0|T|N|R||parameter")]
    [InlineData("1|1||0|T|N|R|")]
    public void A_description_that_is_none_is_an_error(string text)
        => Assert.Throws<RemoteSerializationException>(() => ContractDescription.Read(text));
}

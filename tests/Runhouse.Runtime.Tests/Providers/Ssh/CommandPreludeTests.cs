using System.Text;
using CsCheck;
using Runhouse.Runtime.Providers.Ssh.Channels;

namespace Runhouse.Runtime.Tests.Providers.Ssh;

public class CommandPreludeTests
{
    [Fact]
    public void However_the_output_is_cut_the_commands_own_is_what_follows_the_mark()
        => Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[1, 99999], Gen.Byte.Array[0, 200], Gen.Int[1, 50]).Sample((noise, id, own, cut) =>
        {
            var prelude = new CommandPrelude("true");
            byte[] all = [.. noise, .. Encoding.ASCII.GetBytes($"{Mark(prelude)}{id}\n"), .. own];
            var kept = new List<byte>();
            for (int i = 0; i < all.Length; i += cut)
            {
                ReadOnlySpan<byte> part = all.AsSpan(i, Math.Min(cut, all.Length - i));
                kept.AddRange(prelude.IsOver ? part : prelude.Skip(part));
            }

            return prelude.ProcessId == id && prelude.Dropped == all.Length - own.Length && own.SequenceEqual(kept);
        });

    [Fact]
    public void Output_without_the_mark_is_kept()
    {
        var prelude = new CommandPrelude("true");

        Assert.True(prelude.Skip("account closed\n"u8).IsEmpty);

        Assert.Equal("account closed\n", Encoding.ASCII.GetString(prelude.Rest()));
    }

    [Fact]
    public void Much_output_without_the_mark_is_let_through()
    {
        var prelude = new CommandPrelude("true");
        byte[] much = new byte[100_000];

        Assert.Equal(much.Length, prelude.Skip(much).Length);
        Assert.Null(prelude.ProcessId);
    }

    [Fact]
    public void A_command_is_one_word_of_the_login_shell()
        => Assert.EndsWith(@" 'echo '\''it'\''\'\'''\''s'\'''", new CommandPrelude(@"echo 'it'\''s'").Command, StringComparison.Ordinal);

    private static string Mark(CommandPrelude prelude) => prelude.Command.Split("echo ")[1].Split("$$")[0];
}

using System.Text;
using CsCheck;
using Runhouse.Protocol.Redaction;

namespace Runhouse.Protocol.Tests.Redaction;

public sealed class RedactorTests
{
    // Few letters, so that secrets overlap, begin like each other and stand in each other.
    private static readonly Gen<string[]> Secrets = Gen.String[Gen.Char["abß"], 6, 10].Array[1, 4];
    private static readonly Gen<string> Texts = Gen.String[Gen.Char["abß\n "], 0, 80];

    [Fact]
    public void However_a_stream_is_cut_the_result_is_that_of_the_whole()
        => Gen.Select(Secrets, Texts, Gen.Int[0, 3], Gen.Int[1, 7].Array[0, 60]).Sample((secrets, text, planted, cuts) =>
        {
            for (int i = 0; i < planted; i++)
                text = text.Insert(text.Length * i / 3, secrets[i % secrets.Length]);
            Redactor redactor = Redactor.Create(secrets)!;
            string whole = redactor.Redact(text);

            var stream = new StreamRedactor(redactor);
            var result = new MemoryStream();
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            int at = 0;
            foreach (int cut in cuts)
            {
                int length = Math.Min(cut, bytes.Length - at);
                result.Write(stream.Add(bytes.AsSpan(at, length)).Span);
                at += length;
            }

            result.Write(stream.Add(bytes.AsSpan(at)).Span);
            result.Write(stream.End().Span);
            Assert.Equal(whole, Encoding.UTF8.GetString(result.ToArray()));
        });

    [Fact]
    public void No_secret_is_left()
        => Gen.Select(Secrets, Texts).Sample((secrets, text) =>
        {
            Redactor redactor = Redactor.Create(secrets)!;
            string result = redactor.Redact(text + secrets[0] + text);
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, result, StringComparison.Ordinal));
        });

    [Fact]
    public async Task A_stream_that_is_read_in_small_buffers_gives_all_of_it()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("before secret-value after\n", 1000)));
        await using var stream = new RedactingStream(new MemoryStream(text), () => Redactor.Create(["secret-value"]));
        var result = new MemoryStream();
        await stream.CopyToAsync(result, bufferSize: 7);
        Assert.Equal(string.Concat(Enumerable.Repeat("before *** after\n", 1000)), Encoding.UTF8.GetString(result.ToArray()));
    }

    [Fact]
    public void Nothing_waits_but_what_may_be_the_beginning_of_a_secret()
    {
        var stream = new StreamRedactor(Redactor.Create(["password1"])!);
        Assert.Equal("progress 10% ", Encoding.UTF8.GetString(stream.Add("progress 10% pass"u8).Span));
        Assert.Equal("passed\n", Encoding.UTF8.GetString(stream.Add("ed\n"u8).Span));
    }

    [Fact]
    public void Short_texts_and_none_need_no_redactor()
    {
        Assert.Null(Redactor.Create([]));
        Assert.Null(Redactor.Create(["12345"]));
        Assert.NotNull(Redactor.Create(["123456"]));
    }

    [Fact]
    public void A_value_of_several_lines_is_hidden_line_by_line()
    {
        Redactor redactor = Redactor.Create(SecretTexts.OfValue("-----BEGIN KEY-----\r\nMIIEvQIBADANBg\r\nabc\r\n"))!;
        Assert.Equal(["-----BEGIN KEY-----", "MIIEvQIBADANBg"], redactor.Texts);
    }

    [Fact]
    public void Of_a_file_the_lines_and_the_long_words_are_hidden()
    {
        Redactor redactor = Redactor.Create(SecretTexts.OfFile("[default]\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"))!;
        Assert.Equal("key *** of [default]", redactor.Redact("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY of [default]"));
    }

    [Fact]
    public void The_beginning_of_a_secret_at_the_end_is_found()
    {
        Redactor redactor = Redactor.Create(["secret-one", "cretaceous"])!;
        Assert.Equal(4, redactor.BeginningAtEnd("a secr"));
        Assert.Equal(6, redactor.BeginningAtEnd("secret"));
        Assert.Equal(0, redactor.BeginningAtEnd("secret-one"));
        Assert.Equal(0, redactor.BeginningAtEnd("nothing"));
    }
}

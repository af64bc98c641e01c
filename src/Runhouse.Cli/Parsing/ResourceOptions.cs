using System.CommandLine;

namespace Runhouse.Cli.Parsing;

/// <summary>A request for machines on the command line, by the grammar of <see cref="Resources.Parse"/>.</summary>
internal sealed class ResourceOptions
{
    private readonly Argument<string?> _gpu = new("gpu") { Description = "The accelerators: a name and a count, A100:2; alternatives separated by |. Without it, machines of any kind.", HelpName = "gpu", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _gpuOption = new("--gpu") { Description = "The accelerators: a name and a count, A100:2; alternatives separated by |.", HelpName = "gpu" };
    private readonly Option<string?> _disk = new("--disk") { Description = "The size of the disk in GiB.", HelpName = "GiB" };
    private readonly Option<string?> _cpus = new("--cpus") { Description = "Processor cores: exactly 8, or 8+ for at least.", HelpName = "cores" };
    private readonly Option<string?> _memory = new("--memory") { Description = "Memory in GiB: exactly 64, or 64+ for at least.", HelpName = "GiB" };
    private readonly Option<string?> _region = new("--region") { Description = "The region, as the provider names it; alternatives separated by |.", HelpName = "region" };
    private readonly Option<string?> _type = new("--instance-type") { Description = "The instance type, as the provider names it; alternatives separated by |.", HelpName = "type" };
    private readonly Option<string?> _provider = new("--provider") { Description = "The provider; alternatives separated by |.", HelpName = "provider" };
    private readonly Option<bool> _spot = new("--spot") { Description = "Spot machines too, in the order of their price." };
    private readonly Option<string?> _maxPrice = new("--max-price") { Description = "The most that one machine may cost, in US dollars an hour.", HelpName = "dollars" };

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        command.Arguments.Add(_gpu);
        foreach (Option option in (ReadOnlySpan<Option>)[_cpus, _memory, _region, _type, _provider, _spot, _maxPrice])
            command.Options.Add(option);
    }

    /// <summary>Adds them to a command that takes something else as its argument.</summary>
    /// <param name="command">The command.</param>
    public void AddOptionsTo(Command command)
    {
        foreach (Option option in (ReadOnlySpan<Option>)[_gpuOption, _cpus, _memory, _disk, _region, _type, _provider, _spot, _maxPrice])
            command.Options.Add(option);
    }

    /// <summary>Whether anything was asked for.</summary>
    /// <param name="parsed">The command line.</param>
    public bool IsGiven(ParseResult parsed)
        => new Option[] { _gpuOption, _cpus, _memory, _disk, _region, _type, _provider, _spot, _maxPrice }.Any(option => parsed.GetResult(option) is { Implicit: false });

    /// <summary>Reads the request.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="ArgumentException">A value does not follow the grammar; the message names it.</exception>
    public Resources Read(ParseResult parsed)
    {
        try
        {
            return Resources.Parse(
                parsed.GetValue(_gpuOption) ?? parsed.GetValue(_gpu), parsed.GetValue(_cpus), parsed.GetValue(_memory), parsed.GetValue(_disk), parsed.GetValue(_region), parsed.GetValue(_spot) ? "allowed" : null,
                parsed.GetValue(_type), parsed.GetValue(_provider), parsed.GetValue(_maxPrice));
        }
        catch (FormatException wrong)
        {
            throw new ArgumentException(wrong.Message, wrong);
        }
    }
}

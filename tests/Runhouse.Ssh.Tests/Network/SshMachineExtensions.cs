using System.Text;
using Runhouse.Runtime.Machines;
using Runhouse.Runtime.Providers.Ssh;

namespace Runhouse.Ssh.Network;

/// <summary>Short forms of what tests ask machines for.</summary>
internal static class SshMachineExtensions
{
    extension(SshTestHost host)
    {
        /// <summary>Its host key.</summary>
        public SshPublicKey HostKey => Key(host.HostKeyText);

        /// <summary>Gives it one more host key.</summary>
        public async Task<SshPublicKey> AddHostKeyAsync(string type) => Key(await host.AddHostKeyTextAsync(type));
    }

    extension(Machine machine)
    {
        /// <summary>Runs a command that must end well, and gives its output.</summary>
        public async Task<string> SayAsync(string command)
        {
            using var output = new MemoryStream();
            CommandResult result = await machine.RunAsync(new MachineCommand(command) { Output = output }, TestContext.Current.CancellationToken);
            Assert.True(result.IsSuccess, $"{command}: {result}");
            return Encoding.UTF8.GetString(output.ToArray()).Trim();
        }
    }

    private static SshPublicKey Key(string text)
        => text.Split(' ') is [var type, var base64] && SshPublicKey.TryParse(type, base64, out SshPublicKey? key) ? key : throw new FormatException($"'{text}' is no key.");
}

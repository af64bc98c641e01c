using System.Text;
using Runhouse.Runtime.Machines;

namespace Runhouse.Ssh.Network;

/// <summary>Short forms of what tests ask machines for.</summary>
internal static class SshMachineExtensions
{
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
}

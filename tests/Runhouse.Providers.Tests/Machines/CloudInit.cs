using System.Text.Json;
using System.Text.Json.Nodes;
using Runhouse.Ssh.Network;

namespace Runhouse.Providers.Machines;

/// <summary>Does on a machine what user data says, in the order in which cloud-init does: files, users, host keys, commands. JSON only, which is YAML.</summary>
internal static class CloudInit
{
    private const string Header = "#cloud-config";

    /// <summary>Does it.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="userData">The user data.</param>
    public static async Task RunAsync(SshTestHost host, string userData)
    {
        if (!userData.StartsWith(Header, StringComparison.Ordinal))
            return;
        JsonObject config = JsonSerializer.Deserialize<JsonObject>(userData[Header.Length..])!;
        foreach (JsonNode? file in Items(config["write_files"]))
            await WriteAsync(host, file!);
        foreach (JsonNode? user in Items(config["users"]))
        {
            if (user is JsonObject named)
                await AddUserAsync(host, named);
        }

        if (config["ssh_keys"] is JsonObject keys)
            await SetHostKeysAsync(host, keys);
        if (config["runcmd"] is JsonArray commands)
            await host.RunAsync("exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root sh > /var/log/cloud-init-output.log 2>&1 || true", string.Concat(commands.Select(Command)));
    }

    private static async Task WriteAsync(SshTestHost host, JsonNode file)
    {
        string path = Quote(Text(file["path"])!), content = Text(file["content"]) ?? "";
        string decode = Text(file["encoding"]) is "b64" or "base64" ? "base64 -d" : "cat";
        string owner = Text(file["owner"]) is { } name ? $"chown {Quote(name)} {path}" : ":";
        await host.RunAsync($"mkdir -p \"$(dirname {path})\"; {decode} {(file["append"]?.GetValue<bool>() == true ? ">>" : ">")} {path}; chmod {Text(file["permissions"]) ?? "0644"} {path}; {owner}", content);
    }

    private static async Task AddUserAsync(SshTestHost host, JsonObject user)
    {
        string name = Quote(Text(user["name"])!);

        // No password, which is not the same as a locked account: those the server of these machines turns away.
        await host.RunAsync($"id {name} >/dev/null 2>&1 || useradd -m -s {Quote(Text(user["shell"]) ?? "/bin/sh")} -p '*' {name}");
        if (user["ssh_authorized_keys"] is JsonArray keys)
        {
            await host.RunAsync(
                $"home=$(getent passwd {name} | cut -d: -f6); mkdir -p \"$home/.ssh\"; cat >> \"$home/.ssh/authorized_keys\"; chown -R {name} \"$home/.ssh\"; chmod -R go= \"$home/.ssh\"",
                string.Concat(keys.Select(static key => Text(key) + "\n")));
        }

        if (Text(user["sudo"]) is { } rule)
            await host.RunAsync($"mkdir -p /etc/sudoers.d; cat > /etc/sudoers.d/90-{name}", $"{Text(user["name"])} {rule}\n");
    }

    private static async Task SetHostKeysAsync(SshTestHost host, JsonObject keys)
    {
        await host.RunAsync("rm -f /run/host_*");
        foreach ((string name, JsonNode? key) in keys)
        {
            // ed25519_private, ed25519_public
            string[] parts = name.Split('_');
            string file = $"/run/host_{parts[0]}{(parts[1] == "public" ? ".pub" : "")}";
            await host.RunAsync($"umask 077; cat > {file}", Text(key)!.TrimEnd() + "\n");
        }

        await host.RestartServerAsync();
    }

    // A line for the shell, or a program with its arguments.
    private static string Command(JsonNode? command) => command is JsonArray words ? string.Join(' ', words.Select(static word => Quote(Text(word)!))) + "\n" : Text(command) + "\n";

    private static IEnumerable<JsonNode?> Items(JsonNode? list) => list as JsonArray ?? [];

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using k8s;

namespace Runhouse.Kubernetes.ControlPlane;

/// <summary>A control plane: a real API server with its store, a scheduler and a controller manager, on ports of this machine's loopback address.</summary>
public sealed class TestControlPlane : IAsyncDisposable
{
    // Those that tests see something of.
    private const string Controllers = "deployment,replicaset,statefulset,job,garbagecollector,namespace,podgc,nodelifecycle,resourcequota";

    private readonly List<Process> _processes = [];
    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly string _folder;
    private readonly int _port = FreePort();

    private TestControlPlane(string folder) => _folder = folder;

    /// <summary>Where the API server answers.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{_port}");

    /// <summary>Starts it.</summary>
    /// <param name="folder">The folder of its files, which stay.</param>
    /// <param name="users">The names of users who may do nothing but what roles allow them.</param>
    public static async Task<TestControlPlane> StartAsync(string folder, params IEnumerable<string> users)
    {
        var plane = new TestControlPlane(folder);
        try
        {
            await plane.StartAsync([.. users]);
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }

        return plane;
    }

    /// <summary>What reaches the API server as a user.</summary>
    /// <param name="user">The user; the one who may do everything where it is left out.</param>
    public k8s.Kubernetes Connect(string user = "admin") => new(KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig(user)));

    /// <summary>The file by which programs find the API server as a user.</summary>
    /// <param name="user">The user.</param>
    public string Kubeconfig(string user = "admin") => Path.Combine(_folder, $"{user}.kubeconfig");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Those that ask first, the store last.
        foreach (Process process in Enumerable.Reverse(_processes))
            await Supervised.EndAsync(process);
    }

    private async Task StartAsync(string[] users)
    {
        Directory.CreateDirectory(_folder);
        string keys = Path.Combine(_folder, "accounts.key");
        using (var key = RSA.Create(2048))
            await File.WriteAllTextAsync(keys, key.ExportRSAPrivateKeyPem());
        foreach (string user in users.Prepend("admin"))
            _tokens[user] = RandomNumberGenerator.GetHexString(32, lowercase: true);
        string tokens = Path.Combine(_folder, "tokens.csv");
        await File.WriteAllLinesAsync(tokens, _tokens.Select(static user => $"{user.Value},{user.Key},{user.Key}{(user.Key == "admin" ? ",\"system:masters\"" : "")}"));

        int store = FreePort(), peers = FreePort();
        Start(Programs.Etcd, "etcd",
            "--data-dir", Path.Combine(_folder, "etcd"), "--listen-client-urls", $"http://127.0.0.1:{store}", "--advertise-client-urls", $"http://127.0.0.1:{store}",
            "--listen-peer-urls", $"http://127.0.0.1:{peers}", "--unsafe-no-fsync");
        Start(Programs.Of("kube-apiserver"), "kube-apiserver",
            $"--etcd-servers=http://127.0.0.1:{store}", "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", $"--secure-port={_port}", "--insecure-port=0",
            $"--cert-dir={Path.Combine(_folder, "certificates")}", "--service-account-issuer=https://kubernetes.default.svc", $"--service-account-signing-key-file={keys}",
            $"--service-account-key-file={keys}", "--service-cluster-ip-range=10.96.0.0/24", "--authorization-mode=RBAC", $"--token-auth-file={tokens}",
            "--endpoint-reconciler-type=none", "--disable-admission-plugins=ServiceAccount");
        await UntilReadyAsync();
        foreach (string user in _tokens.Keys)
            await File.WriteAllTextAsync(Kubeconfig(user), Configuration(user));

        Start(Programs.Of("kube-scheduler"), "kube-scheduler", $"--kubeconfig={Kubeconfig()}", "--bind-address=127.0.0.1", $"--secure-port={FreePort()}", "--port=0", "--leader-elect=false");
        Start(Programs.Of("kube-controller-manager"), "kube-controller-manager",
            $"--kubeconfig={Kubeconfig()}", "--bind-address=127.0.0.1", $"--secure-port={FreePort()}", "--port=0", "--leader-elect=false", $"--controllers={Controllers}", "--node-monitor-grace-period=1h");
    }

    private void Start(string program, string name, params IEnumerable<string> arguments)
    {
        // What it says is kept beside its files: the shell is given the name of the log and the program.
        _processes.Add(Supervised.Start("bash", ["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1", "bash", Path.Combine(_folder, $"{name}.log"), program, .. arguments]));
    }

    private async Task UntilReadyAsync()
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var http = new HttpClient(handler);
        http.DefaultRequestHeaders.Authorization = new("Bearer", _tokens["admin"]);
        while (true)
        {
            if (_processes.FirstOrDefault(static process => process.HasExited) is not null)
                throw new InvalidOperationException($"The control plane did not start: {await File.ReadAllTextAsync(Path.Combine(_folder, "kube-apiserver.log"))}");
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(new Uri($"{Url}/readyz"));
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(50);
        }
    }

    private string Configuration(string user)
    {
        string authority = Path.Combine(_folder, "certificates", "apiserver.crt");
        return $$"""
            apiVersion: v1
            kind: Config
            current-context: tests
            contexts:
            - name: tests
              context: {cluster: tests, user: {{user}}}
            clusters:
            - name: tests
              cluster: {server: "{{Url}}", certificate-authority-data: {{Convert.ToBase64String(File.ReadAllBytes(authority))}}}
            users:
            - name: {{user}}
              user: {token: {{_tokens[user]}}}

            """;
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

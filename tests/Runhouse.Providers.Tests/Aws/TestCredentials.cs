using System.Runtime.CompilerServices;
using Runhouse.Providers.Ec2;

namespace Runhouse.Providers.Aws;

/// <summary>The credentials of these tests, where AWS' SDK looks first; those of whoever runs the tests are not used.</summary>
internal static class TestCredentials
{
    [ModuleInitializer]
    internal static void Set()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", FakeEc2.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "secret of the tests");
        Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", null);
        Environment.SetEnvironmentVariable("AWS_PROFILE", null);
        Environment.SetEnvironmentVariable("AWS_REGION", "us-east-1");
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        Environment.SetEnvironmentVariable("AWS_CONFIG_FILE", Path.Combine(AppContext.BaseDirectory, "no-config"));
        Environment.SetEnvironmentVariable("AWS_SHARED_CREDENTIALS_FILE", Path.Combine(AppContext.BaseDirectory, "Aws", "credentials"));
    }
}

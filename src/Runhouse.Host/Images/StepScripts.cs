using Runhouse.Protocol.Control;

namespace Runhouse.Host.Images;

/// <summary>The commands behind steps that are not commands themselves. What they put in is checked before (<see cref="ImageCheck"/>).</summary>
internal static class StepScripts
{
    /// <summary>Installs what is missing, with the rights that it takes.</summary>
    public static string Of(AptStep step) => $$"""
        missing=''
        for package in {{string.Join(' ', step.Packages)}}; do
            name=${package%%=*}
            version=${package#"$name"}
            installed=$(dpkg-query -W -f='${db:Status-Status} ${Version}' "$name" 2>/dev/null)
            case "$installed" in
                'installed '*) [ -n "$version" ] && [ "$installed" != "installed ${version#=}" ] || continue ;;
            esac
            missing="$missing $package"
        done
        if [ -z "$missing" ]; then
            echo 'All of them are installed.'
            exit 0
        fi
        if ! command -v apt-get >/dev/null; then
            echo "Packages are missing:$missing. This system has no apt-get: install them with a RUN step in the way of this system." >&2
            exit 127
        fi
        as_root=''
        if [ "$(id -u)" -ne 0 ]; then
            as_root='sudo -n'
            if ! sudo -n true 2>/dev/null; then
                echo "Packages are missing:$missing. Installing them needs root, and sudo asks $(id -un) for a password: install them once by hand (sudo apt-get install$missing), let $(id -un) use sudo without a password, or log in as root." >&2
                exit 77
            fi
        fi
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update &&
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends $missing
        """;

    /// <summary>Installs a tool, or brings it to the version.</summary>
    public static string Of(ToolStep step) => $$"""
        if ! command -v dotnet >/dev/null; then
            echo 'There is no dotnet on the PATH of this host. Install the .NET SDK with a step before this one, such as APT dotnet-sdk-10.0, or set PATH.' >&2
            exit 127
        fi
        exec dotnet tool update --global '{{step.Package}}'{{(step.Version is null ? "" : $" --version '{step.Version}' --allow-downgrade")}}
        """;
}

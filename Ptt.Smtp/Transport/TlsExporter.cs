using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Ptt.Smtp.Transport;

/// <summary>
/// Keying material for channel binding (RFC 9266 §2). .NET has no call for it, so libssl is asked, through the handle that SslStream keeps to
/// itself. Where that handle cannot be found (another platform, another runtime) there is no exporter, and tls-exporter is not offered.
/// </summary>
internal static partial class TlsExporter
{
    private const int Length = 32;

    private static readonly FieldInfo? Context = typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);

    public static ReadOnlyMemory<byte>? ChannelBinding(SslStream stream)
    {
        if (!OperatingSystem.IsLinux() || Context?.GetValue(stream) is not SafeHandle context || Handle(context) is not { IsInvalid: false } ssl)
        {
            return null;
        }

        bool held = false;
        try
        {
            ssl.DangerousAddRef(ref held);
            byte[] material = new byte[Length];
            ReadOnlySpan<byte> label = "EXPORTER-Channel-Binding"u8;
            return SSL_export_keying_material(ssl.DangerousGetHandle(), material, Length, label, (nuint)label.Length, [], 0, 1) == 1 ? material : null;
        }
        catch (Exception fault) when (fault is DllNotFoundException or EntryPointNotFoundException or ObjectDisposedException)
        {
            return null;
        }
        finally
        {
            if (held)
            {
                ssl.DangerousRelease();
            }
        }
    }

    // SafeDeleteSslContext is the SSL handle itself or keeps it in a field or property, depending on the runtime's version.
    private static SafeHandle? Handle(SafeHandle context)
    {
        const BindingFlags any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        if (context.GetType().Name == "SafeSslHandle")
        {
            return context;
        }

        object? inner = context.GetType().GetProperty("SslContext", any)?.GetValue(context)
            ?? context.GetType().GetField("_sslContext", any)?.GetValue(context);
        return inner is SafeHandle handle && handle.GetType().Name == "SafeSslHandle" ? handle : null;
    }

    [LibraryImport("libssl.so.3")]
    private static partial int SSL_export_keying_material(
        nint ssl, [Out] byte[] material, nuint length, ReadOnlySpan<byte> label, nuint labelLength, ReadOnlySpan<byte> context, nuint contextLength, int useContext);
}

using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Ptt.Mail.Dkim;

/// <summary>An EVP_PKEY of libcrypto, freed with the last reference.</summary>
internal sealed class EvpKeyHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public EvpKeyHandle() : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.EVP_PKEY_free(handle);
        return true;
    }
}

/// <summary>
/// The few calls of OpenSSL's libcrypto that Ed25519 needs: .NET has no Ed25519, and this library is the one it loads for
/// its own TLS, so a machine that runs Ptt has it.
/// </summary>
internal static partial class LibCrypto
{
    private const string Name = "libcrypto";

    /// <summary>NID_ED25519.</summary>
    public const int Ed25519 = 1087;

    static LibCrypto() => NativeLibrary.SetDllImportResolver(typeof(LibCrypto).Assembly, Resolve);

    public static EvpKeyHandle Check(EvpKeyHandle key) => key.IsInvalid ? throw Fault() : key;

    public static nint Check(nint pointer) => pointer != 0 ? pointer : throw Fault();

    public static void Check(int one)
    {
        if (one != 1)
        {
            throw Fault();
        }
    }

    [LibraryImport(Name)]
    public static partial EvpKeyHandle EVP_PKEY_new_raw_private_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Name)]
    public static partial EvpKeyHandle EVP_PKEY_new_raw_public_key(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Name)]
    public static partial int EVP_PKEY_get_raw_public_key(EvpKeyHandle key, Span<byte> octets, ref nuint length);

    [LibraryImport(Name)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Name)]
    public static partial nint EVP_MD_CTX_new();

    [LibraryImport(Name)]
    public static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Name)]
    public static partial int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, EvpKeyHandle key);

    [LibraryImport(Name)]
    public static partial int EVP_DigestSign(nint context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> octets, nuint length);

    [LibraryImport(Name)]
    public static partial int EVP_DigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, EvpKeyHandle key);

    [LibraryImport(Name)]
    public static partial int EVP_DigestVerify(nint context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> octets, nuint length);

    [LibraryImport(Name)]
    public static partial void ERR_clear_error();

    [LibraryImport(Name)]
    private static partial nuint ERR_get_error();

    private static CryptographicException Fault() => new($"libcrypto refused with error {ERR_get_error():x}.");

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (library != Name)
        {
            return 0;
        }

        foreach (string candidate in new[] { "libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.3.dylib", "libcrypto-3-x64.dll" })
        {
            if (NativeLibrary.TryLoad(candidate, out nint handle))
            {
                return handle;
            }
        }

        return 0;
    }
}

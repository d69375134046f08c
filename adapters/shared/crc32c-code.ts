/**
 * CRC-32C in machine code, as no runtime has it and packages reach a quarter of what the processor can: the crc32
 * instruction has a latency of three cycles and starts every cycle, so three parts of 256 bytes are summed side by side.
 * Their sums are put together by a carry-less multiplication with x^(8n-33) for the n bytes that follow a part (Gopal et
 * al., "Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction", Intel 2011).
 *
 * `uint32_t crc32c(uint32_t initial, const uint8_t *bytes, uint32_t length)`, System V ABI, needs SSE4.2 and PCLMULQDQ.
 */
export const crc32cCode = assembled(`
  89 f8                             mov     eax, edi                    ; initial
  f7 d0                             not     eax
  81 fa 00 03 00 00                 cmp     edx, 768
  0f 82 91 00 00 00                 jb      words
  41 b8 86 2b e0 b9                 mov     r8d, 0xb9e02b86             ; x^(8*256-33)
  66 41 0f 6e c8                    movd    xmm1, r8d
  41 b8 0c 3b 7e dd                 mov     r8d, 0xdd7e3b0c             ; x^(8*512-33)
  66 41 0f 6e d0                    movd    xmm2, r8d
                            parts:
  45 31 c9                          xor     r9d, r9d
  45 31 d2                          xor     r10d, r10d
  4c 8d 9e 00 01 00 00              lea     r11, [rsi+256]
                            part:
  f2 48 0f 38 f1 06                 crc32   rax, qword ptr [rsi]
  f2 4c 0f 38 f1 8e 00 01 00 00     crc32   r9, qword ptr [rsi+256]
  f2 4c 0f 38 f1 96 00 02 00 00     crc32   r10, qword ptr [rsi+512]
  48 83 c6 08                       add     rsi, 8
  4c 39 de                          cmp     rsi, r11
  75 dd                             jne     part
  66 0f 6e c0                       movd    xmm0, eax
  66 0f 3a 44 c2 00                 pclmulqdq xmm0, xmm2, 0
  66 48 0f 7e c1                    movq    rcx, xmm0
  31 c0                             xor     eax, eax
  f2 48 0f 38 f1 c1                 crc32   rax, rcx
  66 41 0f 6e c1                    movd    xmm0, r9d
  66 0f 3a 44 c1 00                 pclmulqdq xmm0, xmm1, 0
  66 48 0f 7e c1                    movq    rcx, xmm0
  45 31 c9                          xor     r9d, r9d
  f2 4c 0f 38 f1 c9                 crc32   r9, rcx
  44 31 c8                          xor     eax, r9d
  44 31 d0                          xor     eax, r10d
  48 81 c6 00 02 00 00              add     rsi, 512
  81 ea 00 03 00 00                 sub     edx, 768
  81 fa 00 03 00 00                 cmp     edx, 768
  73 85                             jae     parts
                            words:
  83 ea 08                          sub     edx, 8
  72 0f                             jb      tail
                            word:
  f2 48 0f 38 f1 06                 crc32   rax, qword ptr [rsi]
  48 83 c6 08                       add     rsi, 8
  83 ea 08                          sub     edx, 8
  73 f1                             jae     word
                            tail:
  83 c2 08                          add     edx, 8
  74 0c                             je      done
                            byte:
  f2 0f 38 f0 06                    crc32   eax, byte ptr [rsi]
  48 ff c6                          inc     rsi
  ff ca                             dec     edx
  75 f4                             jne     byte
                            done:
  f7 d0                             not     eax
  c3                                ret
`);

/** `uint32_t features(void)`: ECX of CPUID leaf 1. */
export const featuresCode = assembled(`
  53                                push    rbx
  b8 01 00 00 00                    mov     eax, 1
  0f a2                             cpuid
  89 c8                             mov     eax, ecx
  5b                                pop     rbx
  c3                                ret
`);

export const PCLMULQDQ_FEATURE = 1 << 1;
export const SSE42_FEATURE = 1 << 20;

/** The bytes at the beginnings of the lines. */
function assembled(listing: string): Uint8Array {
  const bytes = [...listing.matchAll(/^ {2}((?:[0-9a-f]{2} )+)/gm)].flatMap(([, line]) => line!.trim().split(" "));
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 16));
}

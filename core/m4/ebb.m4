# SPDX-License-Identifier: Apache-2.0
# Macros of configure.ac that are too long to stand there. They set EBB_* variables and never touch the user's CFLAGS.

# EBB_FLAG(VARIABLE, FLAG): adds FLAG to VARIABLE when the compiler takes it.
AC_DEFUN([EBB_FLAG], [
    AS_VAR_PUSHDEF([ebb_cache], [ebb_cv_flag_$2])
    AC_CACHE_CHECK([whether $CC takes $2], [ebb_cache], [
        ebb_cflags=$CFLAGS
        CFLAGS="$CFLAGS -Werror $2"
        AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([ebb_cache], [yes])], [AS_VAR_SET([ebb_cache], [no])])
        CFLAGS=$ebb_cflags])
    AS_VAR_IF([ebb_cache], [yes], [$1="$$1 $2"])
    AS_VAR_POPDEF([ebb_cache])
])

# EBB_WARNINGS: one list for the whole tree; EBB_BASE_CFLAGS is for core/base alone.
AC_DEFUN([EBB_WARNINGS], [
    EBB_CFLAGS= EBB_BASE_CFLAGS=
    m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wpointer-arith
                          -Wcast-qual -Wvla -Wundef -Wwrite-strings -fno-common -fstack-protector-strong],
                 [EBB_FLAG([EBB_CFLAGS], flag)])
    EBB_FLAG([EBB_BASE_CFLAGS], [-Wconversion])
    AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [make warnings errors (default: no)])], [], [enable_werror=no])
    AS_IF([test "x$enable_werror" = xyes], [EBB_CFLAGS="$EBB_CFLAGS -Werror"])
])

# EBB_SANITIZERS: AddressSanitizer and UBSan; a finding ends the process, so that no test passes over it.
# _FORTIFY_SOURCE hides some overflows from AddressSanitizer and needs optimisation: only without it, only with -O.
AC_DEFUN([EBB_SANITIZERS], [
    EBB_CPPFLAGS= EBB_LDFLAGS=
    AC_ARG_ENABLE([sanitizers],
        [AS_HELP_STRING([--enable-sanitizers], [build with AddressSanitizer and UBSan (default: no)])], [], [enable_sanitizers=no])
    AS_IF([test "x$enable_sanitizers" = xyes], [
        ebb_sanitize="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
        EBB_CFLAGS="$EBB_CFLAGS $ebb_sanitize -fno-omit-frame-pointer"
        EBB_LDFLAGS="$ebb_sanitize"
    ], [
        AS_CASE([" $CFLAGS "], [*" -O0 "*], [], [*" -O"*], [EBB_CPPFLAGS="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
        EBB_LDFLAGS="-Wl,-z,relro -Wl,-z,now"
    ])
    EBB_LDFLAGS="$EBB_LDFLAGS -Wl,--as-needed"
    AM_CONDITIONAL([SANITIZERS], [test "x$enable_sanitizers" = xyes])
])

# EBB_LIB(PREFIX, LIBRARY, FUNCTION, HEADER, DEBIAN PACKAGE): a library without a pkg-config file.
AC_DEFUN([EBB_LIB], [
    AC_CHECK_HEADER([$4], [], [AC_MSG_ERROR([$4 is missing (Debian: $5)])])
    AC_CHECK_LIB([$2], [$3], [$1_LIBS="-l$2"], [AC_MSG_ERROR([lib$2 is missing (Debian: $5)])])
    AC_SUBST([$1_LIBS])
])

# EBB_PKG(PREFIX, MODULE, DEBIAN PACKAGE): a library with one.
AC_DEFUN([EBB_PKG], [
    PKG_CHECK_MODULES([$1], [$2], [], [AC_MSG_ERROR([$2 is missing (Debian: $3)])])
])

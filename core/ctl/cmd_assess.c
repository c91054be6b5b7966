#include "ctl/ctl.h"
int ebb_cmd_assess(struct ebb_ctl *ctl, const struct ebb_ctl_command *command, int argc, char **argv){(void)ctl;(void)command;(void)argc;(void)argv;return 0;}

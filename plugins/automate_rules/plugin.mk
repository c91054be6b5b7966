automate_rules_LIBS = $(JANSSON_LIBS)

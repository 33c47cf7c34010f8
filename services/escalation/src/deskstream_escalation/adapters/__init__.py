"""Files and tables: how rules, policies, cases and clocks are read and kept."""

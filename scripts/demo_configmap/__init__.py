"""`make demo-configmap`, and the test that does the same."""

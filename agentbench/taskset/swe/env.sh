# What an interactive shell of a SWE image has: its conda environment. Read by every bash (BASH_ENV).
if [ -d /opt/miniconda3/envs/testbed/bin ] && [ "${CONDA_DEFAULT_ENV:-}" != testbed ]; then
  export CONDA_DEFAULT_ENV=testbed CONDA_PREFIX=/opt/miniconda3/envs/testbed
  export PATH=$CONDA_PREFIX/bin:/opt/miniconda3/bin:$PATH
fi
